import { expect, test } from "vitest";

import { axis, dayName, outcomes, rates } from "./series";

const NONE = {
  total: 0,
  pending: 0,
  sending: 0,
  held: 0,
  sent: 0,
  delivered: 0,
  read: 0,
  replied: 0,
  failed: 0,
  skipped: 0,
  unconfirmed: 0,
  deliveryRate: 0,
  readRate: 0,
  replyRate: 0,
  failureRate: 0,
};
const SOME = {
  ...NONE,
  total: 100,
  pending: 10,
  held: 2,
  sent: 70,
  delivered: 60,
  read: 40,
  failed: 12,
  skipped: 5,
  unconfirmed: 1,
  deliveryRate: 85.7,
  readRate: 66.7,
  failureRate: 12,
};

test("what became of people adds up to all of them", () => {
  const found = outcomes([{ date: "2026-11-20", campaigns: 1, stats: SOME }]);
  const sum = found.flatMap(({ data }) => data).reduce((all, { y }) => all + y, 0);
  expect(sum).toBe(100);
  expect(found.map(({ title }) => title)).not.toContain("Replied");
});

test("a part that nobody is in is not shown", () => {
  const titles = outcomes([
    { date: "2026-11-20", campaigns: 1, stats: { ...NONE, total: 3, pending: 3 } },
  ]).map(({ title }) => title);
  expect(titles).toEqual(["Waiting"]);
});

test("of nothing there is no rate", () => {
  const found = rates([
    { date: "2026-11-19", campaigns: 1, stats: { ...NONE, total: 3, pending: 3 } },
    { date: "2026-11-20", campaigns: 1, stats: SOME },
  ]);
  const of = Object.fromEntries(found.map(({ title, data }) => [title, data]));
  expect(of.Delivered).toEqual([{ x: "2026-11-20", y: 85.7 }]);
  expect(of.Failed).toHaveLength(2);
});

test("of a short time every day is shown, of a long one those with a start", () => {
  const days = [{ date: "2026-11-20", campaigns: 1, stats: SOME }];
  const now = new Date("2026-11-21T08:00:00Z");
  expect(axis(days, "2026-11-18T08:00:00.000Z", now)).toEqual([
    "2026-11-18",
    "2026-11-19",
    "2026-11-20",
    "2026-11-21",
  ]);
  expect(axis(days, "2026-10-22T08:00:00.000Z", now)).toHaveLength(31);
  expect(axis(days, "2026-08-22T08:00:00.000Z", now)).toEqual(["2026-11-20"]);
});

test("days are days of UTC", () => {
  expect(dayName("2026-11-20")).toBe("Nov 20");
});
