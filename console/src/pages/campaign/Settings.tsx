import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";

import type { Campaign, Schemas } from "../../api/client";
import { useSenders } from "../../api/queries";
import { senderName } from "../../parts/senders";
import { count, lasting, number, when } from "../../words";

/** The settings in force; they don't change once it was started. */
export function Settings({ campaign }: { campaign: Campaign }) {
  const senders = useSenders();
  const sender = senders.data?.find(({ senderId }) => senderId === campaign.senderId);
  const { templateName, templateLanguage, retry, dailyCap, autoResume } = campaign;
  const frozen = campaign.status !== "DRAFT";
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            frozen
              ? "They are as they were when it was started."
              : "They can be changed until it is started."
          }
        >
          Settings
        </Header>
      }
    >
      <KeyValuePairs
        columns={3}
        minColumnWidth={220}
        items={[
          { label: "Sender", value: sender ? senderName(sender) : campaign.senderId },
          { label: "Template", value: `${templateName}, ${templateLanguage}` },
          { label: "Texts", value: <Texts params={campaign.templateParams} /> },
          { label: "Sending", value: paceOf(campaign.throttle) },
          {
            label: "Its own cap",
            value:
              dailyCap === null ? "None" : `${count(dailyCap, "person", "people")} a day (UTC)`,
          },
          {
            label: "Attempts",
            value: `${number(retry.maxAttempts)}, after ${wait(retry.baseDelaySeconds)} and then twice as long each, ${wait(retry.maxDelaySeconds)} at most`,
          },
          {
            label: "A message in doubt",
            value:
              campaign.onUnconfirmed === "hold"
                ? "Waits for evidence, or for a person"
                : "Is sent again after five minutes",
          },
          {
            label: "After a pause by the system",
            value: autoResume ? "Goes on when the reason is gone" : "Waits for a person",
          },
          { label: "Created", value: when(campaign.createdAt) },
        ]}
      />
    </Container>
  );
}

function Texts({ params }: { params: Schemas["ParamsAnswer"] }) {
  const { header, body, buttons } = params;
  const lines = [
    ...(header ? [`Header: ${header}`] : []),
    ...Object.entries(body).map(([name, text]) =>
      Array.isArray(body) ? `${String(Number(name) + 1)}: ${text}` : `${name}: ${text}`,
    ),
    ...buttons.map(({ index, text }) => `Button ${String(index + 1)}: ${text}`),
  ];
  if (!lines.length) return "None";
  return lines.map((line) => <div key={line}>{line}</div>);
}

function paceOf({
  mode,
  workers,
  batchSize,
  batchDelaySeconds,
  messagesPerSecond,
}: Schemas["ThrottleAnswer"]) {
  const pace =
    messagesPerSecond === null
      ? "as fast as the sender may"
      : `${number(messagesPerSecond)} a second`;
  if (mode === "continuous") return `Without pause, ${count(workers, "worker")}, ${pace}`;
  return `Batches of ${number(batchSize)}, one each ${wait(batchDelaySeconds)}, ${pace}`;
}

function wait(seconds: number): string {
  return seconds < 60 ? `${number(seconds)} s` : lasting(seconds / 60);
}
