import { useCollection } from "@cloudscape-design/collection-hooks";
import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import Table, { type TableProps } from "@cloudscape-design/components/table";

import { useCampaignsSince } from "../../api/administration";
import type { Campaign } from "../../api/client";
import { PageLink } from "../../parts/PageLink";
import { Problem } from "../../parts/Problem";
import { number, share } from "../../words";

const A_PAGE = 10;

type Counted = Pick<
  Campaign,
  "sentCount" | "deliveredCount" | "readCount" | "repliedCount" | "failedCount" | "totalRecipients"
>;

/** A rate in the table: its part, and what it is a part of. */
function rate(
  id: string,
  header: string,
  part: (of: Counted) => number,
  whole: (of: Counted) => number,
): TableProps.ColumnDefinition<Campaign> {
  const ratio = (of: Counted) => (whole(of) ? part(of) / whole(of) : -1); // none is the least
  return {
    id,
    header,
    minWidth: 110,
    cell: (campaign) => share(part(campaign), whole(campaign)),
    sortingComparator: (a, b) => ratio(a) - ratio(b),
  };
}

const BY_READ = rate(
  "read",
  "Read",
  (of) => of.readCount,
  (of) => of.deliveredCount,
);

const COLUMNS: readonly TableProps.ColumnDefinition<Campaign>[] = [
  {
    id: "name",
    header: "Campaign",
    isRowHeader: true,
    minWidth: 180,
    sortingField: "name",
    cell: ({ campaignId, name }) => <PageLink to={`/campaigns/${campaignId}`}>{name}</PageLink>,
  },
  {
    id: "template",
    header: "Template",
    minWidth: 140,
    sortingField: "templateName",
    cell: ({ templateName }) => templateName,
  },
  {
    id: "sent",
    header: "Sent",
    minWidth: 90,
    sortingField: "sentCount",
    cell: ({ sentCount }) => number(sentCount),
  },
  rate(
    "delivered",
    "Delivered",
    (of) => of.deliveredCount,
    (of) => of.sentCount,
  ),
  BY_READ,
  rate(
    "replied",
    "Replied",
    (of) => of.repliedCount,
    (of) => of.deliveredCount,
  ),
  rate(
    "failed",
    "Failed",
    (of) => of.failedCount,
    (of) => of.totalRecipients,
  ),
];

/** Which campaigns fared best and worst: a click on a column turns the order round. */
export function Ranking({ since }: { since: string }) {
  const campaigns = useCampaignsSince(since);
  const sent = campaigns.data?.filter(({ sentCount }) => sentCount > 0) ?? [];
  const { items, collectionProps, paginationProps } = useCollection(sent, {
    sorting: { defaultState: { sortingColumn: BY_READ, isDescending: true } },
    pagination: { pageSize: A_PAGE },
  });
  if (campaigns.error) return <Problem error={campaigns.error} again={campaigns.refetch} />;
  return (
    <Table
      {...collectionProps}
      columnDefinitions={COLUMNS}
      items={items}
      trackBy="campaignId"
      loading={campaigns.isPending}
      loadingText="Loading campaigns"
      wrapLines
      ariaLabels={{ tableLabel: "Best and worst campaigns" }}
      header={
        <Header
          variant="h2"
          counter={`(${String(sent.length)})`}
          description="Those that have sent something. A click on a heading sorts, another one turns it round."
        >
          Best and worst campaigns
        </Header>
      }
      pagination={sent.length > A_PAGE && <Pagination {...paginationProps} />}
      empty={<Box textAlign="center">Nothing was sent in this time.</Box>}
    />
  );
}
