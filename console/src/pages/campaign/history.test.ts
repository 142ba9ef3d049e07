import { expect, it } from "vitest";

import type { HistoryLine } from "../../api/history";
import { actorOf, detailsOf, whatOf } from "./history";

const line = (fields: Partial<HistoryLine>) =>
  ({
    what: "POPULATED",
    actor: "system",
    actorRole: "service",
    details: {},
    ...fields,
  }) as HistoryLine;

it("says what an upload brought, and of nothing nothing", () => {
  expect(detailsOf(line({ details: { inserted: 1, invalid: 2, duplicate: 0 } }))).toEqual([
    "1 person added",
    "2 numbers not valid",
  ]);
});

it("says who it was", () => {
  expect(actorOf(line({}), "me")).toBe("The system");
  expect(actorOf(line({ actor: "me" }), "me")).toBe("You");
  expect(actorOf(line({ actor: "0b524513-27b7-4cb9-b8ef-5d6c7a1b2c3d" }), "me")).toBe(
    "0b524513 (a machine)",
  );
});

it("shows lines of a newer version as they are", () => {
  expect(whatOf(line({ what: "MOON_LANDED" }))).toBe("moon landed");
  expect(detailsOf(line({ details: { rockets: 1200 } }))).toEqual(["rockets: 1,200"]);
});
