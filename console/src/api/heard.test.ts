import { describe, expect, it } from "vitest";

import { Heard, fieldsOf } from "./heard";

const event = (id: string, type = "campaign.paused") => ({
  id,
  type,
  at: id.slice(0, 24),
  campaignId: "cmp_1",
  data: {},
});

const FIRST = event("2026-11-20T09:06:12.345Z#a");
const SECOND = event("2026-11-20T09:06:13.000Z#b");

describe("what was heard", () => {
  it("takes an event that comes twice once", () => {
    const heard = new Heard();
    expect(heard.of(FIRST)).toEqual([FIRST]);
    expect(heard.of(FIRST)).toEqual([]);
  });

  it("remembers the newest id, whatever the order", () => {
    const heard = new Heard();
    heard.of(SECOND);
    heard.of(FIRST);
    expect(heard.last).toBe(SECOND.id);
  });

  it("catches up with a snapshot: what was missed first, the state of now last", () => {
    const heard = new Heard();
    heard.of(FIRST);
    const data = { campaigns: [], events: [FIRST, SECOND], complete: true };
    const news = heard.of({ type: "snapshot", at: "2026-11-20T09:07:00.000Z", data });
    expect(news.map((each) => each.type)).toEqual(["campaign.paused", "snapshot"]);
    expect(heard.last).toBe(SECOND.id);
  });

  it("takes a first snapshot, which can have missed nothing", () => {
    const at = "2026-11-20T09:07:00.000Z";
    const news = new Heard().of({ type: "snapshot", at, data: { campaigns: [] } });
    expect(news).toEqual([{ type: "snapshot", at, campaigns: [], complete: true }]);
  });

  it("has nothing to tell of a pong", () => {
    expect(new Heard().of({ type: "pong", at: "", data: {} })).toEqual([]);
  });
});

describe("counters", () => {
  it("are cumulative as in the API: who has read it was sent it and has it", () => {
    const counts = { PENDING: 4, SENT: 10, DELIVERED: 18, READ: 12, FAILED: 4 };
    const fields = fieldsOf({ total: 48, progress: 91.6, replied: 2, counts });
    expect([fields.sentCount, fields.deliveredCount, fields.readCount]).toEqual([40, 30, 12]);
    expect([fields.pendingCount, fields.failedCount, fields.heldCount]).toEqual([4, 4, 0]);
  });
});
