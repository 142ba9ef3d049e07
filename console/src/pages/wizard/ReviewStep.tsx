import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";

import type { Campaign, Schemas } from "../../api/client";
import { useProgress, useQuota, useSenders } from "../../api/queries";
import { useMay } from "../../auth/usePerson";
import { MessagePreview } from "../../message/MessagePreview";
import type { Slot } from "../../message/template";
import { CapGauge } from "../../parts/CapGauge";
import { Problem } from "../../parts/Problem";
import { senderName } from "../../parts/senders";
import { count, lasting, number } from "../../words";
import type { Form } from "./form";
import { reasonAgainst } from "./TemplateChoice";
import { TestSend } from "./TestSend";
import type { Listed } from "./useWizard";

interface Props {
  campaign: Campaign;
  form: Form;
  slots: Slot[];
  importing: boolean;
  listed: Listed;
}

/** How many, how long, with what settings; and then the start. */
export function ReviewStep({ campaign, form, slots, importing, listed }: Props) {
  const may = useMay();
  const values = Object.fromEntries(slots.map(({ id }) => [id, form.filling[id] ?? ""]));
  return (
    <Grid
      gridDefinition={[{ colspan: { default: 12, xs: 7 } }, { colspan: { default: 12, xs: 5 } }]}
    >
      <SpaceBetween size="l">
        <TemplateTrouble listed={listed} />
        <Reach campaign={campaign} importing={importing} />
        <Settings campaign={campaign} />
      </SpaceBetween>
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">Message</Header>}>
          {form.template ? (
            <MessagePreview template={form.template} values={values} />
          ) : (
            <Box color="text-body-secondary">The template’s text is not known here.</Box>
          )}
        </Container>
        {may("sendTest") && <TestSend campaign={campaign} />}
      </SpaceBetween>
    </Grid>
  );
}

function Reach({ campaign, importing }: { campaign: Campaign; importing: boolean }) {
  const progress = useProgress(campaign.campaignId);
  const quota = useQuota(campaign.senderId);
  const { data } = progress;
  return (
    <Container header={<Header variant="h2">How many, and how long</Header>}>
      <SpaceBetween size="l">
        {importing && (
          <Alert type="info">
            The list is still on its way into the campaign: the numbers grow. You can start already.
          </Alert>
        )}
        {campaign.totalRecipients === 0 && !importing && (
          <Alert type="warning" header="Nobody is in the campaign">
            Upload a list first.
          </Alert>
        )}
        <SenderTrouble campaign={campaign} />
        {progress.error && <Problem error={progress.error} again={progress.refetch} />}
        {data && (
          <SpaceBetween size="m">
            <Box variant="p" fontSize="heading-m">
              {estimate(campaign, data)}
            </Box>
            {quota.data && <CapGauge cap={quota.data} label="Daily cap of the sender" />}
          </SpaceBetween>
        )}
      </SpaceBetween>
    </Container>
  );
}

/** `64 people, in about 3 days: at most 25 a minute, and 200 conversations a day.` */
function estimate(campaign: Campaign, progress: Schemas["ProgressAnswer"]): string {
  const people = count(progress.pending, "person", "people");
  const { cap, estimatedMinutes: minutes } = progress;
  const caps = [
    `${count(cap.limit, "conversation")} a day by the sender’s cap`,
    ...(campaign.dailyCap === null
      ? []
      : [`${number(campaign.dailyCap)} a day by this campaign’s`]),
  ].join(" and ");
  if (!progress.pending) return `Nobody yet. At most ${speedOf(campaign)}, and ${caps}.`;
  const time = minutes === null ? "longer than anybody waits" : lasting(minutes);
  return `${people}, ${time} if it starts now: at most ${speedOf(campaign)}, and ${caps}.`;
}

function speedOf({ throttle }: Campaign): string {
  const { mode, batchSize, batchDelaySeconds, messagesPerSecond, workers } = throttle;
  const pace = messagesPerSecond === null ? "" : paceWords(messagesPerSecond);
  if (mode === "continuous") {
    return `${pace || "what the sender may send"}, with ${count(workers, "worker")}`;
  }
  const minutes = batchDelaySeconds / 60;
  const every = minutes === 1 ? "a minute" : `every ${number(minutes)} minutes`;
  return `${number(batchSize)} ${every}`;
}

function paceWords(perSecond: number): string {
  if (perSecond >= 1) return `${number(perSecond)} a second`;
  return perSecond * 60 >= 1
    ? `${number(perSecond * 60)} a minute`
    : `${number(perSecond * 3600)} an hour`;
}

function TemplateTrouble({ listed: { known, templates } }: { listed: Listed }) {
  const reason = known ? reasonAgainst(known) : templates && "Meta does not list it.";
  if (!reason) return null;
  return (
    <Alert type="warning" header="This template can’t be sent now">
      {reason} The campaign would stop at its first message.
    </Alert>
  );
}

function SenderTrouble({ campaign }: { campaign: Campaign }) {
  const senders = useSenders();
  const sender = senders.data?.find(({ senderId }) => senderId === campaign.senderId);
  if (!sender?.stopped) return null;
  return (
    <Alert type="warning" header="The sender is stopped">
      {sender.stopReason ?? "Nothing is sent before somebody resumes it."}
    </Alert>
  );
}

function Settings({ campaign }: { campaign: Campaign }) {
  const senders = useSenders();
  const { throttle, retry } = campaign;
  const sender = senders.data?.find(({ senderId }) => senderId === campaign.senderId);
  return (
    <Container header={<Header variant="h2">Settings</Header>}>
      <KeyValuePairs
        columns={2}
        items={[
          { label: "Name", value: campaign.name },
          { label: "Sender", value: sender ? senderName(sender) : campaign.senderId },
          { label: "Template", value: `${campaign.templateName} (${campaign.templateLanguage})` },
          { label: "Recipients", value: number(campaign.totalRecipients) },
          { label: "Speed", value: speedOf(campaign) },
          {
            label: "Pace",
            value:
              throttle.messagesPerSecond === null
                ? "What the sender may send"
                : `At most ${paceWords(throttle.messagesPerSecond)}`,
          },
          {
            label: "Own daily cap",
            value: campaign.dailyCap === null ? "None" : number(campaign.dailyCap),
          },
          {
            label: "Attempts",
            value: `${number(retry.maxAttempts)}, the second after ${number(retry.baseDelaySeconds)} s`,
          },
          {
            label: "A message whose answer was lost",
            value: campaign.onUnconfirmed === "hold" ? "Waits for a person" : "Is sent again",
          },
          {
            label: "When the reason of a pause is gone",
            value: campaign.autoResume ? "Goes on by itself" : "Waits for a person",
          },
        ]}
      />
    </Container>
  );
}
