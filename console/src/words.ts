import type { CampaignStatus, RecipientStatus, Schemas } from "./api/client";
import type { Role } from "./auth/session";

/** What people read for the codes of the API. One place, so that a state has one name. */
export const CAMPAIGN_STATUS: Record<CampaignStatus, string> = {
  DRAFT: "Draft",
  SCHEDULED: "Scheduled",
  RUNNING: "Running",
  PAUSED: "Paused",
  COMPLETED: "Completed",
  CANCELLED: "Cancelled",
  FAILED: "Failed",
};

export const RECIPIENT_STATUS: Record<RecipientStatus, string> = {
  PENDING: "Waiting",
  SENDING: "Being sent",
  HELD: "Held by Meta",
  SENT: "Sent",
  DELIVERED: "Delivered",
  READ: "Read",
  FAILED: "Failed",
  SKIPPED: "Left out",
  UNCONFIRMED: "In doubt",
};

/** What a recipient's state means, for help beside it. */
export const RECIPIENT_MEANING: Record<RecipientStatus, string> = {
  PENDING: "Not sent yet.",
  SENDING: "On its way to Meta.",
  HELD: "Meta holds it for a quality check, and delivers or drops it.",
  SENT: "Meta took it.",
  DELIVERED: "It is on the phone.",
  READ: "It was opened.",
  FAILED: "It did not reach anybody.",
  SKIPPED: "Nobody was written to: not wanted, or not possible.",
  UNCONFIRMED:
    "Meta's answer was lost: it may have gone out. Sending again may be a second message.",
};

export const PAUSE_CAUSE: Record<Schemas["PauseCause"], string> = {
  PERSON: "By hand",
  DAILY_LIMIT: "Daily cap",
  CAMPAIGN_ERROR: "Settings",
  SENDER_STOPPED: "Sender stopped",
  TEMPLATE: "Template",
  HELD: "Held by Meta",
};

/** Why rows of a list were left out, by the keys of `skipped`. */
export const LEFT_OUT: Record<string, string> = {
  invalid: "No phone number",
  duplicate: "Twice in the file",
  alreadyInCampaign: "In the campaign already",
  suppressed: "Wants no messages",
  alreadyListed: "On the list already",
  missingVariable: "A value is missing",
  variableTooLong: "A value is too long",
};

/** How it is known that somebody wants no messages. */
export const SOURCE: Record<Schemas["Source"], string> = {
  REPLY: "Answered with a word such as STOP",
  BUTTON: "Pressed a button to stop",
  PREFERENCE: "A setting in WhatsApp",
  META_131050: "Meta: wants no marketing",
  PERSON: "Put here by a person",
  IMPORT: "From a file",
};

export const ROLE: Record<Role, string> = {
  org_admin: "Administrator",
  agent: "Agent",
  viewer: "Viewer",
  service: "Machine",
};

export const ROLE_MEANING: Record<Role, string> = {
  org_admin: "Everything, senders and deletion included",
  agent: "Creates campaigns, and starts, pauses and cancels them",
  viewer: "Looks, and changes nothing",
  service: "Looks, and sends batches",
};

const NUMBER = new Intl.NumberFormat("en");
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const TIME = new Intl.DateTimeFormat("en", CLOCK);
const DAY_AND_TIME = new Intl.DateTimeFormat("en", { ...CLOCK, day: "numeric", month: "short" });
const WHEN = new Intl.DateTimeFormat("en", {
  ...CLOCK,
  day: "numeric",
  month: "short",
  year: "numeric",
});
const PRECISE = new Intl.DateTimeFormat("en", {
  ...CLOCK,
  second: "2-digit",
  day: "numeric",
  month: "short",
});

export const number = (value: number): string => NUMBER.format(value);

export function count(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}

/** A share in percent; of nothing there is none. Never 100 % or 0 % by rounding. */
export function share(part: number, whole: number): string {
  if (!whole) return "–";
  const exact = (part / whole) * 100;
  if (exact > 0 && exact < 0.1) return "< 0.1 %";
  if (exact > 99.9 && exact < 100) return "> 99.9 %";
  return `${String(Math.round(exact * 10) / 10)} %`;
}

/** How far a bar goes, 0 to 100: a whole number, which is also read out. */
export function percent(part: number, whole: number): number {
  return whole ? Math.min(100, Math.round((part / whole) * 100)) : 0;
}

/** Since when a daily cap counts, after a number. */
export const COUNTED: Record<Schemas["LimitWindow"], string> = {
  rolling: "in the last 24 hours",
  calendar: "today",
};

/** An instant in this browser's zone: with the date, unless it is today. */
export function when(instant: string | null | undefined, now = new Date()): string {
  if (!instant) return "–";
  const at = new Date(instant);
  if (at.toDateString() === now.toDateString()) return TIME.format(at);
  return at.getFullYear() === now.getFullYear() ? DAY_AND_TIME.format(at) : WHEN.format(at);
}

/** The time of a point on an axis. */
export function hour(at: Date): string {
  return TIME.format(at);
}

/** An instant with its seconds: where the order of things matters. */
export function precisely(instant: string | null | undefined): string {
  return instant ? PRECISE.format(new Date(instant)) : "–";
}

/** A length of time in words, rounded up to what matters: `40 min`, `5 h`, `about 3 days`. */
export function lasting(minutes: number): string {
  if (minutes < 1) return "less than a minute";
  if (minutes < 90) return `${number(Math.ceil(minutes))} min`;
  if (minutes < 48 * 60) return `${number(Math.ceil(minutes / 60))} h`;
  return `about ${count(Math.ceil(minutes / (24 * 60)), "day")}`;
}
