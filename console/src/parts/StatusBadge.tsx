import StatusIndicator, {
  type StatusIndicatorProps,
} from "@cloudscape-design/components/status-indicator";

import type { CampaignStatus, RecipientStatus } from "../api/client";
import { CAMPAIGN_STATUS, RECIPIENT_STATUS } from "../words";

const CAMPAIGN: Record<CampaignStatus, StatusIndicatorProps.Type> = {
  DRAFT: "pending",
  SCHEDULED: "pending",
  RUNNING: "in-progress",
  PAUSED: "stopped",
  COMPLETED: "success",
  CANCELLED: "not-started",
  FAILED: "error",
};

const RECIPIENT: Record<RecipientStatus, StatusIndicatorProps.Type> = {
  PENDING: "pending",
  SENDING: "in-progress",
  HELD: "stopped",
  SENT: "info",
  DELIVERED: "success",
  READ: "success",
  FAILED: "error",
  SKIPPED: "not-started",
  UNCONFIRMED: "warning",
};

/** A campaign's state; `attention`: it goes on only if a person looks at it. */
export function CampaignBadge({
  status,
  attention = false,
}: {
  status: CampaignStatus;
  attention?: boolean;
}) {
  return (
    <StatusIndicator type={attention ? "warning" : CAMPAIGN[status]}>
      {CAMPAIGN_STATUS[status]}
    </StatusIndicator>
  );
}

export function RecipientBadge({ status }: { status: RecipientStatus }) {
  return <StatusIndicator type={RECIPIENT[status]}>{RECIPIENT_STATUS[status]}</StatusIndicator>;
}
