import { describe, expect, it } from "vitest";

import type { Campaign } from "../../api/client";
import { can, needsAttention, reasonOf, rowOf } from "./rows";

const campaign = (fields: Partial<Campaign> = {}) =>
  ({
    campaignId: "cmp_1",
    status: "RUNNING",
    totalRecipients: 10,
    sentCount: 8,
    deliveredCount: 4,
    readCount: 1,
    failedCount: 2,
    createdBy: "0b524513-27b7-4cb9-b8ef-5d6c7a1b2c3d",
    pauseCause: null,
    pausedReason: null,
    resumesAt: null,
    forecast: null,
    ...fields,
  }) as Campaign;

const goesOn = { nextRunAt: null, estimatedEnd: null, waitsFor: "The sender is stopped." };

describe("what can be done to a campaign", () => {
  it("follows from its state", () => {
    expect(can("pause", campaign())).toBe(true);
    expect(can("resume", campaign())).toBe(false);
    expect(can("cancel", campaign({ status: "COMPLETED" }))).toBe(false);
  });
  it("is no start without recipients", () => {
    expect(can("start", campaign({ status: "DRAFT" }))).toBe(true);
    expect(can("start", campaign({ status: "DRAFT", totalRecipients: 0 }))).toBe(false);
  });
});

describe("attention", () => {
  it.each([
    ["a person paused it", { status: "PAUSED", pauseCause: "PERSON" }, false],
    ["the cap: goes on by itself", { status: "PAUSED", resumesAt: "2026-11-21T10:05:00Z" }, false],
    ["the template is paused", { status: "PAUSED", pauseCause: "TEMPLATE" }, true],
    ["its sender is stopped", { forecast: goesOn }, true],
    ["it runs", {}, false],
  ] as const)("%s", (_, fields, wanted) => {
    expect(needsAttention(campaign(fields))).toBe(wanted);
  });
  it("comes with the reason", () => {
    expect(reasonOf(campaign({ forecast: goesOn }))).toBe("The sender is stopped.");
  });
});

describe("a row", () => {
  const shown = rowOf(campaign(), "me", new Map());
  it("has shares of what came before: delivered of sent, read of delivered, failed of all", () => {
    expect([shown.delivered, shown.read, shown.failed]).toEqual([0.5, 0.25, 0.2]);
  });
  it("names its owner", () => {
    expect(shown.owner).toBe("0b524513");
    expect(rowOf(campaign({ createdBy: "me" }), "me", new Map()).owner).toBe("You");
  });
});
