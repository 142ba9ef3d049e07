import type { StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";

import type { Sender } from "../../api/client";
import { number } from "../../words";

interface Told {
  type: StatusIndicatorProps.Type;
  text: string;
}

/** Meta's words for a number, in ours. A word that is not known is shown as it came. */
export function qualityOf({ quality }: Pick<Sender, "quality">): Told | null {
  if (!quality) return null;
  const known: Record<string, Told> = {
    GREEN: { type: "success", text: "High" },
    YELLOW: { type: "warning", text: "Medium" },
    RED: { type: "error", text: "Low" },
    UNKNOWN: { type: "pending", text: "Not rated yet" },
    NA: { type: "pending", text: "Not rated yet" },
  };
  return known[quality] ?? { type: "info", text: quality };
}

/** `TIER_2K` is 2,000 people in 24 hours, of all numbers of the business together. */
export function limitOf({ messagingLimit }: Pick<Sender, "messagingLimit">): string | null {
  if (!messagingLimit) return null;
  if (messagingLimit === "TIER_UNLIMITED") return "No limit";
  const [, digits, thousands] = /^TIER_(\d+)(K?)$/.exec(messagingLimit) ?? [];
  if (!digits) return messagingLimit;
  return `${number(Number(digits) * (thousands ? 1000 : 1))} people in 24 h`;
}

/** What may leave in a second: what Meta takes, and our own pace if it is set. */
export function paceOf({
  throughput,
  messagesPerSecond,
}: Pick<Sender, "throughput" | "messagesPerSecond">): string {
  const most: Record<string, string> = { STANDARD: "80", HIGH: "1,000" };
  const takes =
    throughput === null ? null : `Meta takes ${most[throughput] ?? throughput} a second`;
  const own = messagesPerSecond && `${number(messagesPerSecond)} a second`;
  if (own) return takes ? `${own} (${takes})` : own;
  return takes ?? "–";
}

/** Until when it stands still; null: nobody knows, or not now. The server keeps what is over. */
export function standsUntil(
  { stoppedUntil }: Pick<Sender, "stoppedUntil">,
  now = new Date(),
): string | null {
  return stoppedUntil && new Date(stoppedUntil) > now ? stoppedUntil : null;
}

/** Whether it sends now, and what Meta says of that. */
export function stateOf(
  sender: Pick<Sender, "stopped" | "stoppedUntil" | "canSend">,
  now = new Date(),
): Told {
  const { stopped, canSend } = sender;
  if (stopped) return { type: "error", text: "Stopped" };
  if (standsUntil(sender, now)) return { type: "stopped", text: "Pauses" };
  if (canSend === "BLOCKED") return { type: "error", text: "Blocked by Meta" };
  if (canSend === "LIMITED") return { type: "warning", text: "Limited by Meta" };
  return { type: "success", text: "Can send" };
}
