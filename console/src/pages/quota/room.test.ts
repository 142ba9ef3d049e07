import { expect, test } from "vitest";

import { roomOf } from "./room";

const HOURS = [
  { hour: "2026-11-20T10:00:00.000Z", opened: 50 },
  { hour: "2026-11-20T14:00:00.000Z", opened: 100 },
];
const ROLLING = {
  limit: 200,
  remaining: 50,
  resetsAt: "2026-11-21T11:05:00.000Z",
  window: "rolling" as const,
  hours: HOURS,
};

test("each hour's conversations become free as long after it as the oldest's", () => {
  expect(roomOf(ROLLING)).toEqual([
    { at: null, before: 50, more: 0 },
    { at: "2026-11-21T11:05:00.000Z", before: 50, more: 50 },
    { at: "2026-11-21T15:05:00.000Z", before: 100, more: 100 },
  ]);
});

test("a limit that was lowered must be worked off first", () => {
  const room = roomOf({ ...ROLLING, limit: 80, remaining: 0 });
  expect(room.map(({ before, more }) => [before, more])).toEqual([
    [0, 0],
    [0, 0],
    [0, 80],
  ]);
});

test("a calendar's day gives all of it back at once", () => {
  const room = roomOf({ ...ROLLING, window: "calendar", resetsAt: "2026-11-21T00:00:00.000Z" });
  expect(room).toEqual([
    { at: null, before: 50, more: 0 },
    { at: "2026-11-21T00:00:00.000Z", before: 50, more: 150 },
  ]);
});

test("what is not used needs not become free", () => {
  expect(roomOf({ ...ROLLING, remaining: 200, hours: [] })).toHaveLength(1);
});
