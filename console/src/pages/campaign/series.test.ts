import { describe, expect, it } from "vitest";

import { capOver, messagesOver } from "./series";

const now = new Date("2026-11-20T10:07:30.000Z");
const minute = (at: string, messages: number) => ({ minute: `2026-11-20T${at}:00.000Z`, messages });

describe("messages over time", () => {
  it("has a point for each minute of an hour, zeros too, and ends with the one under way", () => {
    const bars = messagesOver([minute("10:05", 25), minute("10:07", 3)], 1, now);

    expect(bars).toHaveLength(60);
    expect(bars.slice(-4).map(({ y }) => y)).toEqual([0, 25, 0, 3]);
    expect(bars.at(-1)?.x.toISOString()).toBe("2026-11-20T10:07:00.000Z");
  });
  it("loses nobody when minutes are put together", () => {
    const told = [minute("09:01", 1), minute("09:04", 2), minute("10:05", 4)];
    const bars = messagesOver(told, 6, now);

    expect(bars).toHaveLength(72);
    expect(bars.reduce((sum, { y }) => sum + y, 0)).toBe(7);
    expect(bars.at(-1)).toMatchObject({ y: 4 });
  });
});

it("the cap's hours are those of a moving day, in order", () => {
  const hours = capOver(
    [
      { hour: "2026-11-19T11:00:00.000Z", opened: 5 },
      { hour: "2026-11-20T10:00:00.000Z", opened: 7 },
    ],
    now,
  );

  expect(hours).toHaveLength(25);
  expect(hours.filter(({ opened }) => opened).map(({ opened }) => opened)).toEqual([5, 7]);
  expect(hours.at(-1)?.at.toISOString()).toBe("2026-11-20T10:00:00.000Z");
});
