import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useState } from "react";

import { useSuppressions } from "../../api/administration";
import type { Schemas } from "../../api/client";
import { usePage } from "../../app/page";
import { useMay } from "../../auth/usePerson";
import { Problem } from "../../parts/Problem";
import { usePages } from "../../parts/usePages";
import type { Imported } from "./actions";
import { AddDialog } from "./AddDialog";
import { COLUMNS } from "./columns";
import { ImportDialog } from "./ImportDialog";
import { ListActions } from "./ListActions";
import { Report } from "./Report";

type Suppression = Schemas["SuppressionAnswer"];

export default function SuppressionsPage() {
  usePage("Suppressions");
  const [text, setText] = useState("");
  const [phone, setPhone] = useState("");
  const pages = usePages(phone);
  const list = useSuppressions(phone, pages.cursor);
  const [selected, setSelected] = useState<readonly Suppression[]>([]);
  const [dialog, setDialog] = useState<"add" | "import" | null>(null);
  const [report, setReport] = useState<Imported | null>(null);
  const may = useMay();
  const items = list.data?.suppressions ?? [];
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="Who wants no messages. Nobody of them is written to, by no sender and no campaign."
      >
        Suppressions
      </Header>
      {list.error && <Problem error={list.error} again={list.refetch} />}
      {report && <Report imported={report} dismiss={() => setReport(null)} />}
      <Table
        columnDefinitions={COLUMNS}
        items={items}
        trackBy="phone"
        loading={list.isPending && !list.error}
        loadingText="Loading the list"
        wrapLines
        stickyColumns={{ first: 1 }}
        {...(may("removeSuppressions") && { selectionType: "multi" as const })}
        selectedItems={selected}
        onSelectionChange={({ detail }) => setSelected(detail.selectedItems)}
        ariaLabels={{
          tableLabel: "People who want no messages",
          selectionGroupLabel: "Selection of people",
          allItemsSelectionLabel: () => "All people of this page",
          itemSelectionLabel: (_, each) => `+${each.phone}`,
        }}
        header={
          <Header
            variant="h2"
            counter={selected.length ? `(${String(selected.length)} selected)` : undefined}
            actions={
              <ListActions
                phone={phone}
                selected={selected.map((each) => each.phone)}
                forget={() => setSelected([])}
                open={setDialog}
              />
            }
          >
            People
          </Header>
        }
        filter={
          <TextFilter
            filteringText={text}
            filteringPlaceholder="Find by the beginning of a phone number"
            filteringAriaLabel="Find by the beginning of a phone number"
            onChange={({ detail }) => setText(detail.filteringText)}
            onDelayedChange={({ detail }) => {
              setPhone(detail.filteringText.replace(/\D/g, ""));
              setSelected([]);
            }}
          />
        }
        pagination={
          <Pagination
            {...pages.pagination(list.data?.nextCursor)}
            disabled={list.isFetching}
            ariaLabels={{ paginationLabel: "Pages of people" }}
          />
        }
        empty={<Empty searched={phone !== ""} />}
      />
      {dialog === "add" && <AddDialog close={() => setDialog(null)} />}
      {dialog === "import" && <ImportDialog tell={setReport} close={() => setDialog(null)} />}
    </SpaceBetween>
  );
}

function Empty({ searched }: { searched: boolean }) {
  return (
    <Box textAlign="center" padding="l">
      <Box variant="h3">{searched ? "Nobody with such a number" : "Nobody yet"}</Box>
      <Box color="text-body-secondary">
        {searched
          ? "Numbers here begin with their country code."
          : "Who answers STOP comes here by themselves; others can be added, or imported from a file."}
      </Box>
    </Box>
  );
}
