import { expect, test } from "vitest";

import { limitOf, paceOf, qualityOf, standsUntil, stateOf } from "./facts";

test("Meta's limits are people, also those that nobody has heard of yet", () => {
  expect(limitOf({ messagingLimit: "TIER_250" })).toBe("250 people in 24 h");
  expect(limitOf({ messagingLimit: "TIER_100K" })).toBe("100,000 people in 24 h");
  expect(limitOf({ messagingLimit: "TIER_UNLIMITED" })).toBe("No limit");
  expect(limitOf({ messagingLimit: "TIER_NEW" })).toBe("TIER_NEW");
  expect(limitOf({ messagingLimit: null })).toBeNull();
});

test("the pace is our own if it is set, and what Meta takes is said beside it", () => {
  expect(paceOf({ throughput: "HIGH", messagesPerSecond: null })).toBe("Meta takes 1,000 a second");
  expect(paceOf({ throughput: "STANDARD", messagesPerSecond: 20 })).toBe(
    "20 a second (Meta takes 80 a second)",
  );
  expect(paceOf({ throughput: null, messagesPerSecond: null })).toBe("–");
});

test("a stop is worse than what Meta says", () => {
  const told = { stopped: false, stoppedUntil: null, canSend: "BLOCKED" };
  expect(stateOf(told).text).toBe("Blocked by Meta");
  expect(stateOf({ ...told, stopped: true }).text).toBe("Stopped");
  expect(stateOf({ ...told, canSend: "AVAILABLE" }).type).toBe("success");
});

test("a pause that is over is none", () => {
  const told = { stopped: false, stoppedUntil: "2026-11-20T14:15:00Z", canSend: "AVAILABLE" };
  const before = new Date("2026-11-20T14:14:00Z");
  const after = new Date("2026-11-20T14:16:00Z");
  expect(stateOf(told, before).text).toBe("Pauses");
  expect(standsUntil(told, before)).toBe(told.stoppedUntil);
  expect(stateOf(told, after).text).toBe("Can send");
  expect(standsUntil(told, after)).toBeNull();
});

test("a quality is told in words", () => {
  expect(qualityOf({ quality: "RED" })).toEqual({ type: "error", text: "Low" });
  expect(qualityOf({ quality: null })).toBeNull();
});
