import type { Campaign, CampaignStatus, Schemas } from "../../api/client";
import { count, when } from "../../words";

/** How a campaign stands, in words: what is the matter, why, and what to do. */
export interface Standing {
  type: "info" | "warning" | "error" | "success";
  header: string;
  /** Whole sentences; the server's words first. */
  body: string[];
}

/** What to do after a pause by the system; `again` is when it goes on by itself. */
const TO_DO: Record<Schemas["PauseCause"], string> = {
  PERSON: "Resume it when it shall go on.",
  DAILY_LIMIT: "Nothing needs to be done: it goes on by itself when there is room again.",
  CAMPAIGN_ERROR:
    "Mend the template in WhatsApp Manager, then resume. If its name or language is wrong, duplicate the campaign and correct the copy.",
  SENDER_STOPPED:
    "Meta refuses everything from this number. Look at the sender, mend what it says, release it, then resume.",
  TEMPLATE: "Look at the template in WhatsApp Manager. Resume when Meta has approved it again.",
  HELD: "Wait until fewer are held, then resume. Going on now may lose more messages.",
};

/** Null: there is nothing to say that its state does not. */
export function standingOf(campaign: Campaign, waitsFor: string | null): Standing | null {
  switch (campaign.status) {
    case "DRAFT":
      return draft(campaign);
    case "RUNNING":
      return waitsFor
        ? {
            type: "warning",
            header: "It does not go on by itself",
            body: [sentence(waitsFor), "Look at its sender: what holds it up is said there."],
          }
        : null;
    case "PAUSED":
      return paused(campaign);
    case "COMPLETED":
      return leftOver(campaign);
    case "CANCELLED":
      return cancelled(campaign);
    case "FAILED":
      return {
        type: "error",
        header: "It failed",
        body: ["Its activity says why. Duplicate it to try with other settings."],
      };
    default:
      return null;
  }
}

function draft({ totalRecipients }: Campaign): Standing {
  if (!totalRecipients) {
    return {
      type: "info",
      header: "A draft without recipients",
      body: ["Edit the draft to upload a list; then it can be started."],
    };
  }
  return {
    type: "info",
    header: `Ready for ${count(totalRecipients, "person", "people")}`,
    body: ["Nobody is written to before it is started."],
  };
}

function paused(campaign: Campaign): Standing {
  const { pauseCause, pausedReason, pausedAt, resumesAt, autoResume } = campaign;
  const cause = pauseCause ?? "PERSON";
  const byItself = resumesAt
    ? `It goes on by itself: ${when(resumesAt)}.`
    : autoResume && (cause === "TEMPLATE" || cause === "HELD" || cause === "SENDER_STOPPED")
      ? "It goes on by itself when the reason is gone."
      : "";
  const by = cause === "PERSON" ? "Paused by hand" : "Paused by the system";
  return {
    type: cause === "PERSON" || resumesAt ? "info" : "warning",
    header: `${by}, ${when(pausedAt)}`,
    body: [sentence(pausedReason ?? ""), byItself, byItself ? "" : TO_DO[cause]].filter(Boolean),
  };
}

function leftOver({ failedCount, unconfirmedCount, heldCount }: Campaign): Standing | null {
  const body = [
    unconfirmedCount ? `${count(unconfirmedCount, "message")} in doubt: see Needs attention.` : "",
    heldCount
      ? `${count(heldCount, "message")} held by Meta: what becomes of this, Meta will tell.`
      : "",
    failedCount ? `${count(failedCount, "person", "people")} not reached: see Errors.` : "",
  ].filter(Boolean);
  return body.length ? { type: "info", header: "Completed, with something left", body } : null;
}

function cancelled({ pendingCount }: Campaign): Standing | null {
  if (!pendingCount) return null;
  const people = count(pendingCount, "person was", "people were");
  return { type: "info", header: "Cancelled", body: [`${people} never written to.`] };
}

function sentence(text: string): string {
  return !text || /[.!?]$/.test(text) ? text : `${text}.`;
}

const SENDS_AGAIN: ReadonlySet<CampaignStatus> = new Set(["RUNNING", "PAUSED", "COMPLETED"]);
const DELETABLE: ReadonlySet<CampaignStatus> = new Set([
  "DRAFT",
  "COMPLETED",
  "CANCELLED",
  "FAILED",
]);

/** Whether anybody can be sent to again in it; a completed one is reopened by that. */
export const sendsAgain = ({ status }: Campaign): boolean => SENDS_AGAIN.has(status);

export const deletable = ({ status }: Campaign): boolean => DELETABLE.has(status);

/** How many wait for a person to decide, or for Meta. */
export const needingAttention = ({ unconfirmedCount, heldCount }: Campaign): number =>
  unconfirmedCount + heldCount;
