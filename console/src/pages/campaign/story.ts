import type { Recipient, RecipientStatus, Schemas } from "../../api/client";

type Attempt = Schemas["AttemptAnswer"];

/** One thing that happened to a recipient, or will. */
export interface Step {
  at: string | null;
  kind: "success" | "error" | "warning" | "info" | "pending" | "in-progress" | "stopped";
  what: string;
  /** Its code and the words of it, or the id that Meta gave. */
  details: string[];
}

const KIND: Record<RecipientStatus, Step["kind"]> = {
  PENDING: "pending",
  SENDING: "in-progress",
  SENT: "info",
  DELIVERED: "success",
  READ: "success",
  HELD: "stopped",
  FAILED: "error",
  SKIPPED: "stopped",
  UNCONFIRMED: "warning",
};

const WHAT: Record<RecipientStatus, string> = {
  PENDING: "Put back",
  SENDING: "On its way to Meta",
  SENT: "Meta took it",
  DELIVERED: "Meta took it",
  READ: "Meta took it",
  HELD: "Held by Meta for a quality check",
  FAILED: "Failed",
  SKIPPED: "Left out",
  UNCONFIRMED: "In doubt: it may have gone out",
};

/** Everything that is known of a recipient, in order of time; what will come is last. */
export function storyOf(recipient: Recipient): Step[] {
  const { status, createdAt, deliveredAt, readAt, repliedAt, dueAt, updatedAt } = recipient;
  const steps: Step[] = [
    { at: createdAt, kind: "info", what: "Put into the campaign", details: [] },
    ...recipient.attemptHistory.map(attempted),
  ];
  const mark = (at: string | null, what: string) => {
    if (at) steps.push({ at, kind: "success", what, details: [] });
  };
  mark(deliveredAt, "Delivered");
  mark(readAt, "Read");
  mark(repliedAt, "Replied");
  if (status === "SKIPPED") {
    steps.push({ at: updatedAt, kind: "stopped", what: "Left out", details: why(recipient) });
  }
  steps.sort((a, b) => (a.at ?? "").localeCompare(b.at ?? ""));
  if (status === "PENDING") {
    const again = recipient.attempts > 0;
    const details = again || recipient.errorCode ? why(recipient) : [];
    steps.push({ at: dueAt, kind: "pending", what: again ? "Next attempt" : "Waiting", details });
  }
  return steps;
}

function attempted(attempt: Attempt): Step {
  const { number, status, sentAt, failedAt, at, messageId } = attempt;
  const details = why(attempt);
  if (messageId) details.push(`Meta’s id: ${messageId}`);
  return {
    at: failedAt ?? sentAt ?? at,
    kind: KIND[status] === "success" ? "info" : KIND[status],
    what: `Attempt ${String(number)}: ${WHAT[status]}`,
    details,
  };
}

function why({ errorCode, errorMessage }: Pick<Attempt, "errorCode" | "errorMessage">): string[] {
  return [errorCode, errorMessage].filter((each) => each !== null);
}
