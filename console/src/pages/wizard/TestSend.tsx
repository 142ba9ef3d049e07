import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, {
  type StatusIndicatorProps,
} from "@cloudscape-design/components/status-indicator";
import { useState } from "react";

import type { Campaign, Schemas } from "../../api/client";
import { columnKey, fillingOf, placesOf } from "../../message/template";
import { sendTest } from "./actions";

type Outcome = Schemas["SentTest"]["outcome"];

const TOLD: Record<Outcome, { type: StatusIndicatorProps.Type; words: string }> = {
  SENT: { type: "success", words: "WhatsApp took it. Look at the phone." },
  HELD: { type: "warning", words: "WhatsApp took it, and holds it for a quality check." },
  REFUSED: { type: "error", words: "WhatsApp refused it; it was not sent." },
  UNKNOWN: {
    type: "warning",
    words: "The answer was lost: it may have arrived. Look at the phone before you try again.",
  },
};

/** One message to a phone of one's own, before anybody else gets it. */
export function TestSend({ campaign }: { campaign: Campaign }) {
  const [phone, setPhone] = useState("");
  const [values, setValues] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [sent, setSent] = useState<Schemas["SentTest"] | null>(null);
  const columns = columnsOf(campaign);

  const send = async () => {
    setProblem(phone.trim() ? "" : "To which phone?");
    if (!phone.trim()) return;
    setBusy(true);
    setSent(null);
    const answer = await sendTest(campaign, phone.trim(), parameters(columns, values));
    setBusy(false);
    if (answer) setSent(answer);
  };

  return (
    <Container
      header={
        <Header variant="h2" description="To your own phone. It counts under the daily cap.">
          Test message
        </Header>
      }
    >
      <SpaceBetween size="m">
        <FormField label="Your phone" errorText={problem} stretch>
          <Input
            inputMode="tel"
            value={phone}
            placeholder="+1 201 555 0100"
            onChange={({ detail }) => setPhone(detail.value)}
          />
        </FormField>
        <ColumnLayout columns={Math.min(2, columns.length)}>
          {columns.map((column) => (
            <FormField key={column} label={column} stretch>
              <Input
                value={values[column] ?? ""}
                placeholder={column}
                onChange={({ detail }) => setValues({ ...values, [column]: detail.value })}
              />
            </FormField>
          ))}
        </ColumnLayout>
        <Button loading={busy} onClick={() => void send()}>
          Send the test
        </Button>
        {sent && <Told sent={sent} />}
      </SpaceBetween>
    </Container>
  );
}

function Told({ sent: { outcome, code, message, advice } }: { sent: Schemas["SentTest"] }) {
  const { type, words } = TOLD[outcome];
  return (
    <div role="status">
      <StatusIndicator type={type}>{words}</StatusIndicator>
      {code && (
        <Box color="text-body-secondary">
          {code}: {message} {message?.includes(advice ?? "") ? "" : advice}
        </Box>
      )}
    </div>
  );
}

/** The columns that the texts use, each once. */
function columnsOf({ templateParams }: Campaign): string[] {
  const named = Object.values(fillingOf(templateParams)).flatMap(placesOf);
  return [...new Map(named.map((name) => [columnKey(name), name])).values()];
}

/** All of them as soon as there is one: what is left empty is shown by its name. */
function parameters(columns: string[], values: Record<string, string>) {
  const given = columns.map((column) => [column, (values[column] ?? "").trim()] as const);
  if (given.every(([, value]) => value === "")) return null;
  return Object.fromEntries(
    given.map(([column, value]) => [column, value === "" ? column : value]),
  );
}
