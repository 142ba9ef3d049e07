import Box from "@cloudscape-design/components/box";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import type { TableProps } from "@cloudscape-design/components/table";

import type { Campaign } from "../../api/client";
import { PageLink } from "../../parts/PageLink";
import { CampaignBadge } from "../../parts/StatusBadge";
import { count, number, share, when } from "../../words";
import { endOf, needsAttention, reasonOf, type Row } from "./rows";

type Column = TableProps.ColumnDefinition<Row> & { header: string };

export const COLUMNS: readonly Column[] = [
  {
    id: "name",
    header: "Name",
    isRowHeader: true,
    sortingField: "name",
    width: 230,
    minWidth: 150,
    cell: ({ campaign }) => (
      <>
        <PageLink to={`/campaigns/${campaign.campaignId}`}>{campaign.name}</PageLink>
        <Small>{campaign.templateName}</Small>
      </>
    ),
  },
  {
    id: "state",
    header: "State",
    sortingField: "state",
    width: 190,
    minWidth: 150,
    cell: ({ campaign }) => <State campaign={campaign} />,
  },
  {
    id: "progress",
    header: "Progress",
    sortingField: "progress",
    width: 165,
    minWidth: 150,
    cell: ({ campaign }) => <Progress campaign={campaign} />,
  },
  {
    id: "delivered",
    header: "Delivered",
    sortingField: "delivered",
    width: 135,
    minWidth: 90,
    cell: ({ campaign }) => share(campaign.deliveredCount, campaign.sentCount),
  },
  {
    id: "read",
    header: "Read",
    sortingField: "read",
    width: 100,
    minWidth: 80,
    cell: ({ campaign }) => share(campaign.readCount, campaign.deliveredCount),
  },
  {
    id: "failed",
    header: "Failed",
    sortingField: "failed",
    width: 105,
    minWidth: 80,
    cell: ({ campaign: { status, failedCount, totalRecipients } }) =>
      status === "DRAFT" ? "–" : share(failedCount, totalRecipients),
  },
  {
    id: "nextRun",
    header: "Next run",
    sortingField: "nextRun",
    width: 130,
    minWidth: 100,
    cell: ({ campaign }) => when(campaign.forecast?.nextRunAt),
  },
  {
    id: "end",
    header: "End",
    sortingField: "end",
    width: 150,
    minWidth: 110,
    cell: ({ campaign }) => <End campaign={campaign} />,
  },
  {
    id: "template",
    header: "Template",
    sortingField: "template",
    width: 180,
    minWidth: 110,
    cell: ({ template }) => template,
  },
  {
    id: "owner",
    header: "Owner",
    sortingField: "owner",
    minWidth: 100,
    cell: ({ owner }) => owner,
  },
  {
    id: "sender",
    header: "Sender",
    sortingField: "sender",
    minWidth: 110,
    cell: ({ sender }) => sender,
  },
  {
    id: "created",
    header: "Created",
    sortingField: "created",
    minWidth: 120,
    cell: ({ created }) => when(created),
  },
];

export const SHOWN_FIRST = COLUMNS.map(({ id }) => id).filter(
  (id) => id !== "sender" && id !== "created" && id !== "template", // it is below the name
);

function State({ campaign }: { campaign: Campaign }) {
  const reason = reasonOf(campaign);
  const { resumesAt } = campaign;
  return (
    <>
      <CampaignBadge status={campaign.status} attention={needsAttention(campaign)} />
      {reason && <Small>{reason}</Small>}
      {resumesAt && <Small>Goes on: {when(resumesAt)}</Small>}
    </>
  );
}

function Progress({ campaign }: { campaign: Campaign }) {
  const { totalRecipients: total, pendingCount, sendingCount, unconfirmedCount } = campaign;
  if (!total) return <Small>Nobody in it yet</Small>;
  const settled = total - pendingCount - sendingCount;
  return (
    <>
      <ProgressBar value={campaign.progress} ariaLabel={`Progress of ${campaign.name}`} />
      <Small>
        {campaign.status === "DRAFT"
          ? count(total, "person", "people")
          : `${number(settled)} of ${number(total)}`}
        {unconfirmedCount > 0 && ` · ${number(unconfirmedCount)} in doubt`}
      </Small>
    </>
  );
}

function End({ campaign }: { campaign: Campaign }) {
  const end = endOf(campaign);
  if (!end) return "–";
  return campaign.completedAt ? when(end) : `about ${when(end)}`;
}

function Small({ children }: { children: React.ReactNode }) {
  return (
    <Box fontSize="body-s" color="text-body-secondary">
      {children}
    </Box>
  );
}
