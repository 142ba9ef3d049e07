import { describe, expect, it } from "vitest";

import type { Recipient } from "../../api/client";
import { storyOf } from "./story";

const attempt = {
  number: 1,
  at: "2026-11-20T10:00:01.000Z",
  status: "SENT",
  messageId: "wamid.1",
  errorCode: null,
  errorMessage: null,
  sentAt: "2026-11-20T10:00:02.000Z",
  failedAt: null,
} as const;

const recipient = (fields: Partial<Recipient>) =>
  ({
    status: "SENT",
    attempts: 1,
    attemptHistory: [attempt],
    createdAt: "2026-11-20T09:00:00.000Z",
    updatedAt: "2026-11-20T10:00:02.000Z",
    deliveredAt: null,
    readAt: null,
    repliedAt: null,
    dueAt: null,
    errorCode: null,
    errorMessage: null,
    ...fields,
  }) as Recipient;

const told = (fields: Partial<Recipient>) => storyOf(recipient(fields)).map(({ what }) => what);

describe("the story of a recipient", () => {
  it("is in order of time, whatever order it was told in", () => {
    const read = "2026-11-20T10:00:04.000Z";
    const delivered = "2026-11-20T10:00:09.000Z"; // told late
    expect(told({ status: "READ", readAt: read, deliveredAt: delivered })).toEqual([
      "Put into the campaign",
      "Attempt 1: Meta took it",
      "Read",
      "Delivered",
    ]);
  });

  it("has every attempt with its code, and the next one last", () => {
    const failed = {
      ...attempt,
      status: "FAILED",
      sentAt: null,
      failedAt: "2026-11-20T10:00:03.000Z",
      errorCode: "131016",
      errorMessage: "Service unavailable",
    } as const;
    const steps = storyOf(
      recipient({
        status: "PENDING",
        attemptHistory: [failed],
        dueAt: "2026-11-20T10:00:30.000Z",
        errorCode: "131016",
        errorMessage: "Service unavailable",
      }),
    );

    expect(steps.map(({ what }) => what)).toEqual([
      "Put into the campaign",
      "Attempt 1: Failed",
      "Next attempt",
    ]);
    expect(steps[1]?.details).toEqual(["131016", "Service unavailable", "Meta’s id: wamid.1"]);
    expect(steps[2]?.at).toBe("2026-11-20T10:00:30.000Z");
  });

  it("of somebody who waits is short", () => {
    expect(told({ status: "PENDING", attempts: 0, attemptHistory: [] })).toEqual([
      "Put into the campaign",
      "Waiting",
    ]);
  });

  it("says why somebody was left out", () => {
    const steps = storyOf(
      recipient({ status: "SKIPPED", attemptHistory: [], errorCode: "OPTED_OUT" }),
    );
    expect(steps.at(-1)).toMatchObject({ what: "Left out", details: ["OPTED_OUT"] });
  });
});
