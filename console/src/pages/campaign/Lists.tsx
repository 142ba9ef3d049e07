import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import StatusIndicator, {
  type StatusIndicatorProps,
} from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";

import type { Schemas } from "../../api/client";
import { reportOf, useImports, type Import } from "../../api/history";
import { act } from "../../app/action";
import { Problem } from "../../parts/Problem";
import { save } from "../../parts/save";
import { usePages } from "../../parts/usePages";
import { number, share, when } from "../../words";
import { countedWords } from "./history";

const STATUS: Record<Schemas["ImportStatus"], [StatusIndicatorProps.Type, string]> = {
  WAITING_FOR_FILE: ["pending", "Waits for the file"],
  CHECKING: ["in-progress", "Being read"],
  IMPORTING: ["in-progress", "Being written"],
  DONE: ["success", "Done"],
  FAILED: ["error", "Failed"],
};

/** Files that were imported, with what was left out of each. */
export function Lists({ id }: { id: string }) {
  const pages = usePages(id);
  const imports = useImports(id, pages.cursor);
  if (imports.error) return <Problem error={imports.error} again={imports.refetch} />;
  return (
    <Table
      variant="container"
      items={imports.data?.imports ?? []}
      trackBy="importId"
      loading={imports.isPending}
      loadingText="Loading the lists"
      wrapLines
      empty={
        <Box textAlign="center" color="text-body-secondary">
          No file was imported. Short lists are uploaded at once: the activity has what became of
          them.
        </Box>
      }
      header={
        <Header description="Long lists are read and written in parts.">Imported files</Header>
      }
      ariaLabels={{ tableLabel: "Imported files" }}
      pagination={
        <Pagination {...pages.pagination(imports.data?.nextCursor)} disabled={imports.isFetching} />
      }
      columnDefinitions={[
        { id: "file", header: "File", isRowHeader: true, cell: ({ fileName }) => fileName ?? "–" },
        { id: "at", header: "Uploaded", width: 130, cell: ({ createdAt }) => when(createdAt) },
        { id: "state", header: "State", minWidth: 170, cell: (one) => <State of={one} /> },
        { id: "rows", header: "Rows", width: 110, cell: ({ rows }) => (rows ? number(rows) : "–") },
        { id: "in", header: "Added", width: 110, cell: ({ inserted }) => number(inserted) },
        {
          id: "out",
          header: "Left out",
          minWidth: 170,
          cell: ({ skipped }) => countedWords(skipped).join(" · ") || "nobody",
        },
        { id: "report", header: "Report", width: 150, cell: (one) => <Report id={id} of={one} /> },
      ]}
    />
  );
}

function State({ of }: { of: Import }) {
  const { status, reason, checkedBytes, size, rows, rowsDone } = of;
  const [type, text] = STATUS[status];
  const far =
    status === "CHECKING"
      ? share(checkedBytes, size)
      : status === "IMPORTING" && rows
        ? share(rowsDone, rows)
        : "";
  return (
    <>
      <StatusIndicator type={type}>{far ? `${text}: ${far}` : text}</StatusIndicator>
      {reason && <Box fontSize="body-s">{reason}</Box>}
    </>
  );
}

function Report({ id, of }: { id: string; of: Import }) {
  const leftOut = Object.values(of.skipped).some((many) => many > 0);
  if (of.status !== "DONE" || !leftOut) return "–";
  const download = () =>
    act({
      run: () => reportOf(id, of.importId),
      said: (url) =>
        url
          ? { type: "success", content: "The rows that were left out are in your downloads." }
          : { type: "info", content: "The report is no longer there: it is kept for a week." },
      then: (url) => {
        if (url) save(url, `${of.importId}.csv`);
      },
    });
  return (
    <Button
      variant="inline-link"
      iconName="download"
      ariaLabel={`Rows left out of ${of.fileName ?? "the file"}`}
      onClick={() => void download()}
    >
      Rows left out
    </Button>
  );
}
