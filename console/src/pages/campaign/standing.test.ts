import { describe, expect, it } from "vitest";

import type { Campaign } from "../../api/client";
import { standingOf } from "./standing";

const campaign = (fields: Partial<Campaign>) =>
  ({
    status: "PAUSED",
    totalRecipients: 10,
    pendingCount: 4,
    failedCount: 0,
    heldCount: 0,
    unconfirmedCount: 0,
    pauseCause: "PERSON",
    pausedReason: null,
    pausedAt: "2026-11-20T10:00:00.000Z",
    resumesAt: null,
    autoResume: false,
    ...fields,
  }) as Campaign;

const said = (fields: Partial<Campaign>, waitsFor: string | null = null) => {
  const standing = standingOf(campaign(fields), waitsFor);
  return standing && { type: standing.type, body: standing.body.join(" ") };
};

describe("a paused campaign", () => {
  it("says why and what to do", () => {
    const found = said({ pauseCause: "TEMPLATE", pausedReason: "Meta paused the template" });
    expect(found?.type).toBe("warning");
    expect(found?.body).toMatch(/^Meta paused the template\. Look at the template/);
  });
  it("that goes on by itself asks nothing of anybody", () => {
    const cap = { pauseCause: "DAILY_LIMIT", resumesAt: "2026-11-21T10:05:00.000Z" } as const;
    expect(said(cap)?.type).toBe("info");
    expect(said(cap)?.body).toMatch(/^It goes on by itself: /);
    expect(said({ pauseCause: "HELD", autoResume: true })?.body).toBe(
      "It goes on by itself when the reason is gone.",
    );
  });
  it("that a person paused waits for one, also with automatic resuming", () => {
    expect(said({ autoResume: true })?.body).toBe("Resume it when it shall go on.");
  });
});

describe("other states", () => {
  it.each([
    ["a draft without people", { status: "DRAFT", totalRecipients: 0 }, /upload a list/],
    ["a draft", { status: "DRAFT" }, /before it is started/],
    ["doubt that is left", { status: "COMPLETED", unconfirmedCount: 2 }, /2 messages in doubt/],
    ["people a cancel left out", { status: "CANCELLED" }, /4 people were never written to/],
  ] as const)("%s", (_, fields, words) => {
    expect(said(fields)?.body).toMatch(words);
  });
  it("say nothing where there is nothing to say", () => {
    expect(said({ status: "COMPLETED" })).toBeNull();
    expect(said({ status: "RUNNING" })).toBeNull();
  });
  it("of a running one whose sender is stopped", () => {
    expect(said({ status: "RUNNING" }, "The token has expired")?.body).toMatch(
      /^The token has expired\. Look at its sender/,
    );
  });
});
