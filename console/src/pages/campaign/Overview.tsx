import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import type { Campaign, Schemas } from "../../api/client";
import { useHistory } from "../../api/history";
import { useProgress } from "../../api/queries";
import { useMay } from "../../auth/usePerson";
import { Problem } from "../../parts/Problem";
import { count, lasting, number, when } from "../../words";
import { batchWords, executeBatch } from "./actions";
import { CapUse, Messages } from "./Charts";
import { Funnel } from "./Funnel";
import { detailsOf } from "./history";

const HALF = { default: 12, xs: 6 } as const;

/** How far it is, how fast, until when, and what became of everybody. */
export function Overview({ campaign }: { campaign: Campaign }) {
  return (
    <Grid gridDefinition={[HALF, HALF, HALF, HALF].map((colspan) => ({ colspan }))}>
      <SpaceBetween size="l">
        <Progress campaign={campaign} />
        <Batch campaign={campaign} />
      </SpaceBetween>
      <Funnel campaign={campaign} />
      <Messages id={campaign.campaignId} />
      <CapUse senderId={campaign.senderId} />
    </Grid>
  );
}

function Progress({ campaign }: { campaign: Campaign }) {
  const progress = useProgress(campaign.campaignId);
  const { totalRecipients, pendingCount, sendingCount } = campaign;
  const settled = totalRecipients - pendingCount - sendingCount;
  return (
    <Container header={<Header variant="h2">Progress</Header>}>
      <SpaceBetween size="m">
        <ProgressBar
          label="Settled"
          value={campaign.progress}
          additionalInfo={`${number(settled)} of ${count(totalRecipients, "person", "people")}`}
        />
        {progress.error && <Problem error={progress.error} again={progress.refetch} />}
        {progress.data && <Ahead campaign={campaign} progress={progress.data} />}
      </SpaceBetween>
    </Container>
  );
}

/** What comes next; nothing of it once the campaign has ended. */
function Ahead({
  campaign,
  progress,
}: {
  campaign: Campaign;
  progress: Schemas["ProgressAnswer"];
}) {
  const { ratePerMinute, nextRunAt, estimatedEnd, estimatedMinutes, waitsFor, ownCap } = progress;
  const facts: { label: string; value: string }[] = [];
  if (campaign.completedAt) {
    facts.push({ label: "Started", value: when(campaign.startedAt) });
    facts.push({ label: "Completed", value: when(campaign.completedAt) });
  } else {
    const many = Math.round(ratePerMinute * 10) / 10;
    facts.push({ label: "Now", value: `${number(many)} messages a minute` });
    facts.push({ label: "Next run", value: when(nextRunAt) });
    if (estimatedEnd) facts.push({ label: "Through", value: `about ${when(estimatedEnd)}` });
    else if (estimatedMinutes !== null) {
      facts.push({ label: "Takes, once it runs", value: lasting(estimatedMinutes) });
    }
    // Of one that was started, the words above the tabs have it.
    if (waitsFor && !campaign.startedAt) facts.push({ label: "Waits for", value: waitsFor });
  }
  if (ownCap) {
    const { used, limit } = ownCap;
    facts.push({ label: "Its own cap today", value: `${number(used)} of ${number(limit)}` });
  }
  return <KeyValuePairs columns={2} minColumnWidth={150} items={facts} />;
}

/** A batch by hand, beside those of the schedule, for those who may. */
function Batch({ campaign }: { campaign: Campaign }) {
  const may = useMay();
  const [last, setLast] = useState<Schemas["BatchAnswer"] | null>(null);
  const history = useHistory(campaign.campaignId);
  if (!may("executeBatch") || !campaign.startedAt) return null;
  const noted = history.data?.events.find(({ what }) => what === "BATCH_EXECUTED");
  const send = async () => {
    const result = await executeBatch(campaign);
    if (result) setLast(result);
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            campaign.status === "RUNNING" && (
              <Button onClick={() => void send()}>
                Execute batch ({number(campaign.throttle.batchSize)})
              </Button>
            )
          }
        >
          By hand
        </Header>
      }
    >
      <Box variant="awsui-key-label">The last batch by hand</Box>
      {last && <Box>{batchWords(last).join(", ")}</Box>}
      {last?.waitUntil && <Box>The sender waits until {when(last.waitUntil)}.</Box>}
      {!last && noted && (
        <Box>
          {when(noted.at)}: {detailsOf(noted).join(", ")}
        </Box>
      )}
      {!last && !noted && <Box>None: the schedule sends one a minute.</Box>}
    </Container>
  );
}
