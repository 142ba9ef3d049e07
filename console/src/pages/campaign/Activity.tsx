import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import Table from "@cloudscape-design/components/table";

import { useHistory, type HistoryLine } from "../../api/history";
import { usePerson } from "../../auth/usePerson";
import { Problem } from "../../parts/Problem";
import { usePages } from "../../parts/usePages";
import { precisely } from "../../words";
import { actorOf, detailsOf, whatOf } from "./history";

/** Who did what, and what the system decided, newest first. */
export function Activity({ id }: { id: string }) {
  const pages = usePages(id);
  const history = useHistory(id, pages.cursor);
  const me = usePerson()?.subject ?? "";
  if (history.error) return <Problem error={history.error} again={history.refetch} />;
  return (
    <Table
      variant="container"
      items={history.data?.events ?? []}
      trackBy="id"
      loading={history.isPending}
      loadingText="Loading the activity"
      wrapLines
      empty={<Box textAlign="center">Nothing has happened yet.</Box>}
      header={
        <Header description="Who did what, and what the system decided by itself.">Activity</Header>
      }
      ariaLabels={{ tableLabel: "Activity" }}
      pagination={
        <Pagination {...pages.pagination(history.data?.nextCursor)} disabled={history.isFetching} />
      }
      columnDefinitions={[
        { id: "at", header: "When", minWidth: 150, cell: ({ at }) => precisely(at) },
        { id: "what", header: "What", minWidth: 150, isRowHeader: true, cell: whatOf },
        { id: "who", header: "Who", minWidth: 110, cell: (line) => actorOf(line, me) },
        { id: "why", header: "Why and how many", minWidth: 200, cell: (line) => <Why of={line} /> },
      ]}
    />
  );
}

function Why({ of }: { of: HistoryLine }) {
  const details = detailsOf(of).join(" · ");
  if (!of.reason && !details) return "–";
  return (
    <>
      {of.reason}
      {details && (
        <Box fontSize={of.reason ? "body-s" : "body-m"} color="text-body-secondary">
          {details}
        </Box>
      )}
    </>
  );
}
