import { describe, expect, it } from "vitest";

import { count, lasting, share, when } from "./words";

describe("shares", () => {
  it.each([
    [1, 3, "33.3 %"],
    [0, 10, "0 %"],
    [10, 10, "100 %"],
    [1, 100_000, "< 0.1 %"],
    [99_999, 100_000, "> 99.9 %"],
    [0, 0, "–"],
  ])("%d of %d is %s", (part, whole, words) => {
    expect(share(part, whole)).toBe(words);
  });
});

describe("lengths of time", () => {
  it.each([
    [0.5, "less than a minute"],
    [39.2, "40 min"],
    [300, "5 h"],
    [2.4 * 24 * 60, "about 3 days"],
  ])("%d minutes are %s", (minutes, words) => {
    expect(lasting(minutes)).toBe(words);
  });
});

describe("instants", () => {
  const now = new Date(2026, 10, 20, 12, 0);
  it("of today have no date", () => {
    expect(when(new Date(2026, 10, 20, 15, 30).toISOString(), now)).toBe("15:30");
  });
  it("of another day have one, and of another year have that too", () => {
    expect(when(new Date(2026, 10, 23, 9, 0).toISOString(), now)).toMatch(/Nov 23/);
    expect(when(new Date(2025, 10, 23, 9, 0).toISOString(), now)).toMatch(/2025/);
  });
  it("that are not there are a dash", () => {
    expect(when(null)).toBe("–");
  });
});

it("counts in words", () => {
  expect([count(1, "campaign"), count(1200, "campaign"), count(2, "reply", "replies")]).toEqual([
    "1 campaign",
    "1,200 campaigns",
    "2 replies",
  ]);
});
