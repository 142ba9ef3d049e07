import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";

import { useErasures } from "../../api/administration";
import { usePage } from "../../app/page";
import { OnlyWho } from "../../parts/OnlyWho";
import { Problem } from "../../parts/Problem";
import { Small } from "../../parts/Small";
import { usePages } from "../../parts/usePages";
import { Person } from "../../parts/Person";
import { when } from "../../words";
import { receipt, type Erasure } from "./actions";
import { ErasureDialog } from "./ErasureDialog";

const COLUMNS: readonly TableProps.ColumnDefinition<Erasure>[] = [
  {
    id: "what",
    header: "What",
    isRowHeader: true,
    minWidth: 190,
    cell: ({ phone, campaignId, erasureId }) => (
      <>
        {phone ? `The person at ${phone}` : `The campaign ${campaignId ?? ""}`}
        <Small>{erasureId}</Small>
      </>
    ),
  },
  {
    id: "state",
    header: "State",
    minWidth: 130,
    cell: ({ status }) =>
      status === "DONE" ? (
        <StatusIndicator type="success">Erased</StatusIndicator>
      ) : (
        <StatusIndicator type="in-progress">Being erased</StatusIndicator>
      ),
  },
  { id: "receipt", header: "What was there", minWidth: 240, cell: receipt },
  {
    id: "requested",
    header: "Ordered",
    minWidth: 130,
    cell: ({ requestedAt, requestedBy }) => (
      <>
        {when(requestedAt)}
        <Small>
          <Person subject={requestedBy} />
        </Small>
      </>
    ),
  },
  { id: "finished", header: "Done", minWidth: 110, cell: ({ finishedAt }) => when(finishedAt) },
];

export default function ErasuresPage() {
  usePage("Erasures");
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="Who asks to be forgotten, is. The receipt is all that stays."
      >
        Erasures
      </Header>
      <OnlyWho may="listErasures">
        <Erasures />
      </OnlyWho>
    </SpaceBetween>
  );
}

function Erasures() {
  const pages = usePages("erasures");
  const erasures = useErasures(pages.cursor);
  const [ordering, setOrdering] = useState(false);
  return (
    <>
      {erasures.error && <Problem error={erasures.error} again={erasures.refetch} />}
      <Table
        columnDefinitions={COLUMNS}
        items={erasures.data?.erasures ?? []}
        trackBy="erasureId"
        loading={erasures.isPending && !erasures.error}
        loadingText="Loading receipts"
        wrapLines
        ariaLabels={{ tableLabel: "Receipts" }}
        header={
          <Header
            variant="h2"
            actions={
              <Button variant="primary" onClick={() => setOrdering(true)}>
                Erase a person
              </Button>
            }
          >
            Receipts
          </Header>
        }
        pagination={
          <Pagination
            {...pages.pagination(erasures.data?.nextCursor)}
            disabled={erasures.isFetching}
            ariaLabels={{ paginationLabel: "Pages of receipts" }}
          />
        }
        empty={
          <Box textAlign="center" padding="l">
            <Box variant="h3">Nothing was erased yet</Box>
            <Box color="text-body-secondary">
              Deleted campaigns and erased people are listed here, without what was in them.
            </Box>
          </Box>
        }
      />
      {ordering && <ErasureDialog close={() => setOrdering(false)} />}
    </>
  );
}
