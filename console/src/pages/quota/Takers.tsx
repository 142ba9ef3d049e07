import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Table from "@cloudscape-design/components/table";

import type { Campaign } from "../../api/client";
import { PageLink } from "../../parts/PageLink";
import { CampaignBadge } from "../../parts/StatusBadge";
import { number, when } from "../../words";

/** The campaigns that take of a cap now, or will when it is free again. */
export function Takers({ campaigns, newest }: { campaigns: readonly Campaign[]; newest?: number }) {
  return (
    <Table
      variant="embedded"
      columnDefinitions={[
        {
          id: "name",
          header: "Campaign",
          isRowHeader: true,
          minWidth: 160,
          cell: ({ campaignId, name }) => (
            <PageLink to={`/campaigns/${campaignId}`}>{name}</PageLink>
          ),
        },
        {
          id: "state",
          header: "State",
          minWidth: 120,
          cell: ({ status }) => <CampaignBadge status={status} />,
        },
        {
          id: "pending",
          header: "People waiting",
          minWidth: 120,
          cell: ({ pendingCount }) => number(pendingCount),
        },
        {
          id: "own",
          header: "Its own cap",
          minWidth: 120,
          cell: ({ dailyCap }) => (dailyCap === null ? "None" : `${number(dailyCap)} a day`),
        },
        {
          id: "next",
          header: "Next run",
          minWidth: 110,
          cell: ({ forecast }) => when(forecast?.nextRunAt),
        },
        {
          id: "end",
          header: "Ends about",
          minWidth: 120,
          cell: ({ forecast }) => when(forecast?.estimatedEnd),
        },
      ]}
      items={campaigns}
      trackBy="campaignId"
      wrapLines
      ariaLabels={{ tableLabel: "Campaigns that take of this cap" }}
      header={
        <Header
          variant="h3"
          counter={`(${String(campaigns.length)})`}
          description={newest ? `Of the newest ${number(newest)} campaigns.` : undefined}
        >
          Campaigns that take of it
        </Header>
      }
      empty={<Box textAlign="center">No campaign is sending from this number.</Box>}
    />
  );
}

/** Whether a campaign takes of its sender's cap now, or goes on by itself when there is room. */
export function takes({ status, pauseCause }: Campaign): boolean {
  return (
    status === "RUNNING" ||
    status === "SCHEDULED" ||
    (status === "PAUSED" && pauseCause === "DAILY_LIMIT")
  );
}
