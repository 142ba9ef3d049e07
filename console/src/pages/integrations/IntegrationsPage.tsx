import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { useEndpoints } from "../../api/administration";
import { usePage } from "../../app/page";
import { OnlyWho } from "../../parts/OnlyWho";
import { Problem } from "../../parts/Problem";
import { enable, remove, renew, test, type Endpoint } from "./actions";
import { COLUMNS } from "./columns";
import { EndpointDialog } from "./EndpointDialog";
import { SecretDialog } from "./SecretDialog";

export default function IntegrationsPage() {
  usePage("Integrations");
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="Other systems that are told what happens: addresses to which events are posted, signed."
      >
        Integrations
      </Header>
      <OnlyWho may="listEndpoints">
        <Endpoints />
      </OnlyWho>
    </SpaceBetween>
  );
}

interface Secret {
  secret: string;
  url: string;
}

function Endpoints() {
  const endpoints = useEndpoints();
  const [chosen, setChosen] = useState<string | null>(null);
  const [dialog, setDialog] = useState<Endpoint | "new" | null>(null);
  const [told, setTold] = useState<Secret | null>(null);
  const tell = (secret: string, url: string) => setTold({ secret, url });
  const endpoint = endpoints.data?.find(({ endpointId }) => endpointId === chosen);
  const perform = (id: string) => {
    if (!endpoint) return;
    if (id === "test") void test(endpoint);
    if (id === "events") setDialog(endpoint);
    if (id === "enable") void enable(endpoint, !endpoint.enabled);
    if (id === "secret") void renew(endpoint, tell);
    if (id === "remove") void remove(endpoint);
  };
  return (
    <>
      {endpoints.error && <Problem error={endpoints.error} again={endpoints.refetch} />}
      <Table
        columnDefinitions={COLUMNS}
        items={endpoints.data ?? []}
        trackBy="endpointId"
        loading={endpoints.isPending && !endpoints.error}
        loadingText="Loading addresses"
        wrapLines
        selectionType="single"
        selectedItems={endpoint ? [endpoint] : []}
        onSelectionChange={({ detail }) => setChosen(detail.selectedItems[0]?.endpointId ?? null)}
        ariaLabels={{
          tableLabel: "Addresses",
          selectionGroupLabel: "Selection of an address",
          itemSelectionLabel: (_, { url }) => url,
        }}
        empty={<Empty />}
        header={
          <Header
            variant="h2"
            counter={endpoints.data && `(${String(endpoints.data.length)})`}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <ButtonDropdown
                  items={[
                    { id: "test", text: "Send a test" },
                    { id: "events", text: "Choose other events" },
                    { id: "secret", text: "Make a new secret" },
                    { id: "enable", text: endpoint?.enabled === false ? "Enable" : "Disable" },
                    { id: "remove", text: "Remove" },
                  ]}
                  disabled={!endpoint}
                  disabledReason="Select an address first"
                  onItemClick={({ detail }) => perform(detail.id)}
                >
                  Actions
                </ButtonDropdown>
                <Button variant="primary" onClick={() => setDialog("new")}>
                  Add an address
                </Button>
              </SpaceBetween>
            }
          >
            Addresses
          </Header>
        }
      />
      {dialog && (
        <EndpointDialog
          endpoint={dialog === "new" ? null : dialog}
          tell={tell}
          close={() => setDialog(null)}
        />
      )}
      {told && <SecretDialog {...told} close={() => setTold(null)} />}
    </>
  );
}

function Empty() {
  return (
    <Box textAlign="center" padding="l">
      <Box variant="h3">Nobody is told yet</Box>
      <Box color="text-body-secondary">
        A system of yours can be told when a campaign is completed or needs attention, and what
        became of each message.
      </Box>
    </Box>
  );
}
