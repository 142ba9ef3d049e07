import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import type { Campaign, Recipient, Schemas } from "../../api/client";
import { useRecipients } from "../../api/people";
import { useMay } from "../../auth/usePerson";
import { Problem } from "../../parts/Problem";
import { usePages } from "../../parts/usePages";
import { number } from "../../words";
import { PEOPLE, peopleLabels } from "./people";
import { settle } from "./settling";
import { sendsAgain } from "./standing";

const A_PAGE = 20;

/** Messages that a person has to decide about, and those that Meta will. */
export function Attention({ campaign }: { campaign: Campaign }) {
  return (
    <SpaceBetween size="l">
      <InDoubt campaign={campaign} />
      <Held campaign={campaign} />
    </SpaceBetween>
  );
}

function InDoubt({ campaign }: { campaign: Campaign }) {
  const may = useMay();
  const { people, pagination, loading, error, again } = useWaiting(campaign, "UNCONFIRMED");
  const [selected, setSelected] = useState<readonly Recipient[]>([]);
  if (error) return <Problem error={error} again={again} />;
  const still = new Set(people.map(({ phone }) => phone));
  const chosen = selected.filter(({ phone }) => still.has(phone));
  const decide = async (action: Schemas["Resolution"]) => {
    const phones = chosen.map(({ phone }) => phone);
    await settle(campaign, action, phones.length ? phones : null);
    setSelected([]);
  };
  const whom = chosen.length ? "the selected" : "all";
  const decides = may("resolveUnconfirmed") && campaign.unconfirmedCount > 0;
  return (
    <Table
      variant="container"
      items={people}
      trackBy="phone"
      loading={loading}
      loadingText="Loading messages in doubt"
      wrapLines
      {...(decides && { selectionType: "multi" as const })}
      selectedItems={chosen}
      onSelectionChange={({ detail }) => setSelected(detail.selectedItems)}
      ariaLabels={peopleLabels("Messages in doubt")}
      columnDefinitions={PEOPLE}
      pagination={pagination}
      empty={<Box textAlign="center">No message is in doubt.</Box>}
      header={
        <Header
          counter={`(${number(campaign.unconfirmedCount)})`}
          description="Meta’s answer was lost: they may have gone out, or not. News from Meta settles them by itself, for some even days later. Sending again may be a second message; taking as sent may leave somebody without any."
          actions={
            decides && (
              <SpaceBetween direction="horizontal" size="xs">
                <Button onClick={() => void decide("accept")}>Take {whom} as sent</Button>
                {sendsAgain(campaign) && (
                  <Button onClick={() => void decide("resend")}>Send {whom} again</Button>
                )}
              </SpaceBetween>
            )
          }
        >
          In doubt
        </Header>
      }
    />
  );
}

function Held({ campaign }: { campaign: Campaign }) {
  const { people, pagination, loading, error, again } = useWaiting(campaign, "HELD");
  if (error) return <Problem error={error} again={again} />;
  return (
    <Table
      variant="container"
      items={people}
      trackBy="phone"
      loading={loading}
      loadingText="Loading held messages"
      wrapLines
      ariaLabels={peopleLabels("Held messages")}
      columnDefinitions={PEOPLE}
      pagination={pagination}
      empty={<Box textAlign="center">No message is held.</Box>}
      header={
        <Header
          counter={`(${number(campaign.heldCount)})`}
          description="Meta has them and checks the template’s quality, as a rule for an hour at most. Then it delivers them, or drops them: those fail with 132015, and the campaign pauses. Nothing can be done here but wait."
        >
          Held by Meta
        </Header>
      }
    />
  );
}

function useWaiting(campaign: Campaign, status: "UNCONFIRMED" | "HELD") {
  const id = campaign.campaignId;
  const pages = usePages(id);
  const found = useRecipients(id, { status }, A_PAGE, pages.cursor);
  return {
    people: found.data?.recipients ?? [],
    loading: found.isPending,
    error: found.error,
    again: found.refetch,
    pagination: (
      <Pagination
        {...pages.pagination(found.data?.nextCursor)}
        disabled={found.isPlaceholderData}
        ariaLabels={{ paginationLabel: "Pages" }}
      />
    ),
  };
}
