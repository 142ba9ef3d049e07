import type { HistoryLine } from "../../api/history";
import { personName } from "../../parts/people";
import { count, number, when } from "../../words";

/** What the lines of a campaign's history are called. Another version may know more. */
const WHAT: Record<string, string> = {
  CREATED: "Created",
  CHANGED: "Settings changed",
  POPULATING: "Upload begun",
  POPULATED: "List uploaded",
  IMPORT_FAILED: "Import failed",
  STARTED: "Started",
  PAUSED: "Paused",
  RESUMED: "Resumed",
  CANCELLED: "Cancelled",
  COMPLETED: "Completed",
  REOPENED: "Opened again",
  RETRIED: "Failed ones tried again",
  RESOLVED: "Doubt settled",
  BATCH_EXECUTED: "Batch sent by hand",
  SENDER_STOPPED: "The sender waits",
  WORKER_LOST: "A process died",
  WRITTEN_OFF: "Damaged records left out",
  RECIPIENT_ERASED: "A person erased",
  TEMPLATE_CHANGED: "News of the template",
  NUMBER_CHANGED: "News of the number",
  ACCOUNT_CHANGED: "News of the account",
};

/** Counts of a line: how many of what. */
const COUNTED: Record<string, readonly [one: string, many: string]> = {
  inserted: ["person added", "people added"],
  invalid: ["number not valid", "numbers not valid"],
  duplicate: ["duplicate", "duplicates"],
  alreadyInCampaign: ["was there already", "were there already"],
  suppressed: ["wants no messages", "want no messages"],
  missingVariable: ["row without a value", "rows without a value"],
  variableTooLong: ["value too long", "values too long"],
  processed: ["person written to", "people written to"],
  sent: ["taken by Meta", "taken by Meta"],
  held: ["held by Meta", "held by Meta"],
  failed: ["failed", "failed"],
  retried: ["tried again later", "tried again later"],
  unconfirmed: ["in doubt", "in doubt"],
  skipped: ["left out", "left out"],
  inDoubt: ["message in doubt", "messages in doubt"],
  recipients: ["person", "people"],
  refused: ["left alone", "left alone"],
};

const INSTANTS: Record<string, string> = {
  until: "until",
  resumeAt: "goes on",
  toldAt: "said by Meta",
  heldSince: "since",
};

const NOT_SHOWN = new Set(["importId", "erasureId", "copyOf", "senderId", "forced", "cause"]);

export function whatOf({ what }: HistoryLine): string {
  return WHAT[what] ?? what.toLowerCase().replaceAll("_", " ");
}

/** Who did it; of a machine that it is one. */
export function actorOf({ actor, actorRole }: HistoryLine, me: string): string {
  const name = personName(actor, me);
  return actorRole === "service" && !["You", "The system"].includes(name)
    ? `${name} (a machine)`
    : name;
}

/** The details of a line in words; of zero of something nothing is said. */
export function detailsOf({ details, what }: HistoryLine): string[] {
  const words = Object.entries(details).flatMap(([name, value]) => detail(name, value));
  if (what === "RETRIED" && details.forced) words.push("forced");
  return words;
}

/** Counts by kind in words, without those of nothing. */
export function countedWords(counts: Record<string, number>): string[] {
  return Object.entries(counts).flatMap(([name, value]) => detail(name, value));
}

function detail(name: string, value: string | number): string[] {
  if (NOT_SHOWN.has(name) || value === 0) return [];
  const counted = COUNTED[name];
  if (counted && typeof value === "number") return [count(value, ...counted)];
  const instant = INSTANTS[name];
  if (instant) return [`${instant} ${when(String(value))}`];
  if (name === "action") return [value === "accept" ? "taken as sent" : "sent again"];
  if (name === "changed") return [`changed: ${String(value)}`];
  return [`${name}: ${typeof value === "number" ? number(value) : value}`];
}
