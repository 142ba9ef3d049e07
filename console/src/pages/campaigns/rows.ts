import type { Campaign } from "../../api/client";
import { POSSIBLE_IN } from "../../api/permissions";
import { personName } from "../../parts/people";
import { CAMPAIGN_STATUS } from "../../words";

export type Action = keyof typeof POSSIBLE_IN;

/** A campaign as the table sorts and filters it. */
export interface Row {
  id: string;
  campaign: Campaign;
  name: string;
  state: string;
  reason: string;
  template: string;
  owner: string;
  sender: string;
  progress: number;
  delivered: number;
  read: number;
  failed: number;
  nextRun: string;
  end: string;
  created: string;
}

export function rowOf(campaign: Campaign, me: string, senders: ReadonlyMap<string, string>): Row {
  const { deliveredCount, readCount, sentCount, failedCount, totalRecipients } = campaign;
  return {
    id: campaign.campaignId,
    campaign,
    name: campaign.name,
    state: CAMPAIGN_STATUS[campaign.status],
    reason: reasonOf(campaign) ?? "",
    template: campaign.templateName,
    owner: personName(campaign.createdBy, me),
    sender: senders.get(campaign.senderId) ?? campaign.senderId,
    progress: campaign.progress,
    delivered: ratio(deliveredCount, sentCount),
    read: ratio(readCount, deliveredCount),
    failed: ratio(failedCount, totalRecipients),
    nextRun: campaign.forecast?.nextRunAt ?? "",
    end: endOf(campaign) ?? "",
    created: campaign.createdAt,
  };
}

/** Why it does not send just now, or null. */
export function reasonOf({ status, pausedReason, forecast }: Campaign): string | null {
  if (status === "PAUSED") return pausedReason;
  return status === "RUNNING" ? (forecast?.waitsFor ?? null) : null;
}

/** Whether it goes on only if a person looks at it; who paused it by hand knows already. */
export function needsAttention({ status, pauseCause, resumesAt, forecast }: Campaign): boolean {
  if (status === "FAILED") return true;
  if (status === "RUNNING") return Boolean(forecast?.waitsFor);
  return status === "PAUSED" && pauseCause !== "PERSON" && !resumesAt;
}

/** Whether an action can be done to it now; the server has the last word. */
export function can(action: Action, { status, totalRecipients }: Campaign): boolean {
  const states: readonly string[] = POSSIBLE_IN[action];
  return states.includes(status) && (action !== "start" || totalRecipients > 0);
}

/** When it was through, or will be as far as one knows. */
export function endOf({ completedAt, forecast }: Campaign): string | null {
  return completedAt ?? forecast?.estimatedEnd ?? null;
}

function ratio(part: number, whole: number): number {
  return whole ? part / whole : -1;
}
