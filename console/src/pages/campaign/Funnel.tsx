import Box from "@cloudscape-design/components/box";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, {
  type StatusIndicatorProps,
} from "@cloudscape-design/components/status-indicator";

import type { Campaign, RecipientStatus } from "../../api/client";
import { PageLink } from "../../parts/PageLink";
import { RECIPIENT_MEANING, RECIPIENT_STATUS, number, percent, share } from "../../words";

interface Stage {
  label: string;
  value: number;
  /** What the share is of, and of whom. */
  of: number;
  whole: string;
}

/** From everybody to those who answered; each stage as a share of the one before. */
export function Funnel({ campaign }: { campaign: Campaign }) {
  const { totalRecipients, sentCount, deliveredCount, readCount, repliedCount } = campaign;
  const stages: Stage[] = [
    { label: "Sent", value: sentCount, of: totalRecipients, whole: "of all" },
    { label: "Delivered", value: deliveredCount, of: sentCount, whole: "of sent" },
    { label: "Read", value: readCount, of: deliveredCount, whole: "of delivered" },
    { label: "Replied", value: repliedCount, of: deliveredCount, whole: "of delivered" },
  ];
  return (
    <Container
      header={
        <Header variant="h2" description="Meta tells of delivery and reading as it happens.">
          Outcome
        </Header>
      }
    >
      <SpaceBetween size="l">
        <SpaceBetween size="xs">
          {stages.map(({ label, value, of, whole }) => (
            <ProgressBar
              key={label}
              label={label}
              value={percent(value, totalRecipients)}
              additionalInfo={`${number(value)} · ${share(value, of)} ${whole}`}
            />
          ))}
        </SpaceBetween>
        <Rest campaign={campaign} />
      </SpaceBetween>
    </Container>
  );
}

/** Whoever is not among the sent. */
function Rest({ campaign }: { campaign: Campaign }) {
  const rest: [RecipientStatus, number, StatusIndicatorProps.Type][] = [
    ["PENDING", campaign.pendingCount, "pending"],
    ["SENDING", campaign.sendingCount, "in-progress"],
    ["FAILED", campaign.failedCount, "error"],
    ["HELD", campaign.heldCount, "stopped"],
    ["UNCONFIRMED", campaign.unconfirmedCount, "warning"],
    ["SKIPPED", campaign.skippedCount, "not-started"],
  ];
  return (
    <ColumnLayout columns={3} variant="text-grid" minColumnWidth={130}>
      {rest.map(([status, value, type]) => (
        <div key={status} title={RECIPIENT_MEANING[status]}>
          <StatusIndicator type={value ? type : "not-started"}>
            {RECIPIENT_STATUS[status]}
          </StatusIndicator>
          <Box fontSize="heading-m">
            {value ? (
              <PageLink
                to={`/campaigns/${campaign.campaignId}?tab=recipients&status=${status}`}
                fontSize="heading-m"
                ariaLabel={`${RECIPIENT_STATUS[status]}: ${number(value)}. Show them`}
              >
                {number(value)}
              </PageLink>
            ) : (
              "0"
            )}{" "}
            <Box variant="span" fontSize="body-s" color="text-body-secondary">
              {share(value, campaign.totalRecipients)}
            </Box>
          </Box>
        </div>
      ))}
    </ColumnLayout>
  );
}
