import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";
import { useSearchParams } from "react-router";

import type { Campaign, Recipient } from "../../api/client";
import { exportRecipients, useRecipients } from "../../api/people";
import { act } from "../../app/action";
import { Problem } from "../../parts/Problem";
import { save } from "../../parts/save";
import { usePages } from "../../parts/usePages";
import { PEOPLE, peopleLabels } from "./people";
import { filterOf, FilterBar } from "./RecipientFilter";
import { Timeline } from "./Timeline";

const A_PAGE = 50;

/** Everybody, a page at a time from the server, so that a million is like ten. */
export function Recipients({ campaign }: { campaign: Campaign }) {
  const id = campaign.campaignId;
  const [search, setSearch] = useSearchParams();
  const filter = filterOf(search);
  const pages = usePages(`${id} ${JSON.stringify(filter)}`);
  const found = useRecipients(id, filter, A_PAGE, pages.cursor);
  const [chosen, setChosen] = useState<string | null>(null);
  const items = found.data?.recipients ?? [];
  const shown = items.find(({ phone }) => phone === chosen);
  const choose = ({ phone }: Recipient) => setChosen(phone);
  const filtered = Object.keys(filter).length > 0;
  return (
    <>
      <Table
        variant="container"
        items={items}
        trackBy="phone"
        loading={found.isPending && !found.error}
        loadingText="Loading recipients"
        wrapLines
        selectionType="single"
        selectedItems={shown ? [shown] : []}
        onSelectionChange={({ detail }) => detail.selectedItems.forEach(choose)}
        onRowClick={({ detail }) => choose(detail.item)}
        ariaLabels={peopleLabels("Recipients")}
        columnDefinitions={PEOPLE}
        header={
          <Header
            description="Choose somebody to see everything that happened to their message."
            actions={<Export campaign={campaign} filtered={filtered} />}
          >
            Recipients
          </Header>
        }
        filter={<FilterBar filter={filter} setSearch={setSearch} />}
        pagination={
          <Pagination
            {...pages.pagination(found.data?.nextCursor)}
            disabled={found.isPlaceholderData}
            ariaLabels={{ paginationLabel: "Pages of recipients" }}
          />
        }
        empty={
          found.error ? (
            <Problem error={found.error} again={found.refetch} />
          ) : (
            <Nobody filtered={filtered} more={Boolean(found.data?.nextCursor)} />
          )
        }
      />
      {shown && <Timeline recipient={shown} onClose={() => setChosen(null)} />}
    </>
  );
}

function Nobody({ filtered, more }: { filtered: boolean; more: boolean }) {
  if (more) return <Box textAlign="center">Nobody on this page; look at the next one.</Box>;
  return (
    <Box textAlign="center">{filtered ? "Nobody fits the filter." : "Nobody is in it yet."}</Box>
  );
}

/** Those that fit the filter as a file, however many. */
function Export({ campaign, filtered }: { campaign: Campaign; filtered: boolean }) {
  const [search] = useSearchParams();
  const [bytes, setBytes] = useState<number | null>(null);
  const fetched = async () => {
    setBytes(0);
    await act({
      run: () => exportRecipients(campaign.campaignId, filterOf(search), setBytes),
      said: () => ({ type: "success", content: `${campaign.name}.csv is in your downloads.` }),
      then: (file) => save(file, `${campaign.name}.csv`),
    });
    setBytes(null);
  };
  return (
    <Button
      iconName="download"
      loading={bytes !== null}
      loadingText={`${String(Math.round((bytes ?? 0) / 1024))} kB so far`}
      onClick={() => void fetched()}
    >
      {filtered ? "Export those found" : "Export CSV"}
    </Button>
  );
}
