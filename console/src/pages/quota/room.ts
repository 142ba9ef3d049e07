import type { Quota } from "../../api/client";

/** How many conversations may be opened from an instant on, if none is opened until then. */
export interface Room {
  /** ISO instant; null: now. */
  at: string | null;
  /** Free before. */
  before: number;
  /** Becomes free then. */
  more: number;
}

type Used = Pick<Quota, "hours" | "limit" | "remaining" | "resetsAt" | "window">;

/**
 * The steps in which a cap becomes free again. In a moving window what was opened in an hour becomes
 * free together, `resetsAt` says when the oldest does, and the others follow at the same distance;
 * in a calendar's day all of it does at `resetsAt`.
 */
export function roomOf({ hours, limit, remaining, resetsAt, window }: Used): Room[] {
  const steps: Room[] = [{ at: null, before: remaining, more: 0 }];
  const [oldest] = hours;
  if (!oldest) return steps;
  const all = hours.reduce((sum, { opened }) => sum + opened, 0);
  if (window === "calendar") return [...steps, step(resetsAt, remaining, all)];
  const distance = Date.parse(resetsAt) - Date.parse(oldest.hour);
  let held = all; // more than the limit, if that was lowered since
  for (const { hour, opened } of hours) {
    const before = Math.max(0, limit - held);
    held -= opened;
    const at = new Date(Date.parse(hour) + distance).toISOString();
    steps.push(step(at, before, Math.max(0, limit - held) - before));
  }
  return steps;
}

const step = (at: string, before: number, more: number): Room => ({ at, before, more });
