import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import type { Sender } from "../../api/client";
import { useSenders } from "../../api/queries";
import { usePage } from "../../app/page";
import type { Operation } from "../../auth/session";
import { useMay } from "../../auth/usePerson";
import { Problem } from "../../parts/Problem";
import { senderName } from "../../parts/senders";
import { check, makeDefault, release, remove } from "./actions";
import { COLUMNS } from "./columns";
import { SenderDialog } from "./SenderDialog";

const OWN = "default"; // the deployment's number: its settings are the deployment's

type Choice = "change" | "check" | "release" | "default" | "remove";

export default function SendersPage() {
  usePage("Senders");
  const senders = useSenders();
  const may = useMay();
  const [chosen, setChosen] = useState<string | null>(null);
  const [dialog, setDialog] = useState<Sender | "new" | null>(null);
  const sender = senders.data?.find(({ senderId }) => senderId === chosen);
  const perform = (choice: string) => {
    if (!sender) return;
    if (choice === "change") setDialog(sender);
    else void ACTIONS[choice as Exclude<Choice, "change">](sender);
  };
  const items = sender ? choices(sender).filter(({ needs }) => may(needs)) : [];
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="The WhatsApp numbers that campaigns send from.">
        Senders
      </Header>
      {senders.error && <Problem error={senders.error} again={senders.refetch} />}
      <Table
        columnDefinitions={COLUMNS}
        items={senders.data ?? []}
        trackBy="senderId"
        loading={senders.isPending && !senders.error}
        loadingText="Loading senders"
        wrapLines
        stickyColumns={{ first: 1 }}
        {...(may("changeSender") && { selectionType: "single" as const })}
        selectedItems={sender ? [sender] : []}
        onSelectionChange={({ detail }) => setChosen(detail.selectedItems[0]?.senderId ?? null)}
        ariaLabels={{
          tableLabel: "Senders",
          selectionGroupLabel: "Selection of a sender",
          itemSelectionLabel: (_, each) => senderName(each),
        }}
        empty={<Empty />}
        header={
          <Header
            variant="h2"
            counter={senders.data && `(${String(senders.data.length)})`}
            actions={
              may("registerSender") && (
                <SpaceBetween direction="horizontal" size="xs">
                  <ButtonDropdown
                    items={items}
                    disabled={!sender}
                    disabledReason="Select a sender first"
                    onItemClick={({ detail }) => perform(detail.id)}
                  >
                    Actions
                  </ButtonDropdown>
                  <Button variant="primary" onClick={() => setDialog("new")}>
                    Register a number
                  </Button>
                </SpaceBetween>
              )
            }
          >
            All senders
          </Header>
        }
      />
      {dialog && (
        <SenderDialog sender={dialog === "new" ? null : dialog} close={() => setDialog(null)} />
      )}
    </SpaceBetween>
  );
}

const ACTIONS = { check, release, default: makeDefault, remove } as const;

interface Item {
  id: Choice;
  text: string;
  needs: Operation;
  disabled: boolean;
  disabledReason: string;
}

/** What can be done to a sender now, and why the rest can't. */
function choices(sender: Sender): Item[] {
  const own = sender.senderId === OWN;
  const item = (id: Choice, text: string, needs: Operation, disabled: boolean, why: string) => ({
    id,
    text,
    needs,
    disabled,
    disabledReason: why,
  });
  const fixed = "The deployment’s own number is set where it is deployed";
  return [
    item("change", "Change", "changeSender", own, fixed),
    item("check", "Check now", "checkSender", own, fixed),
    item("release", "Let it send again", "releaseSender", !sender.stopped, "It is not stopped"),
    item("default", "Make it the default", "changeSender", sender.default, "It is the default"),
    item("remove", "Remove", "removeSender", own, fixed),
  ];
}

function Empty() {
  const may = useMay();
  return (
    <Box textAlign="center" padding="l">
      <Box variant="h3">No number to send from yet</Box>
      <Box color="text-body-secondary">
        {may("registerSender")
          ? "Register a WhatsApp number: its id and an access token are in Meta’s WhatsApp Manager."
          : "An administrator registers a WhatsApp number first."}
      </Box>
    </Box>
  );
}
