import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";

import type { CampaignStatus, Schemas } from "../../api/client";
import { Small } from "../../parts/Small";
import { CAMPAIGN_STATUS, count, number, share, when } from "../../words";

/** Totals and rates of all campaigns of the time. */
export function KeyFigures({ overview }: { overview: Schemas["OverviewAnswer"] }) {
  const { stats, campaigns, since, truncated } = overview;
  const all = Object.values(campaigns).reduce((sum, each) => sum + each, 0);
  const states = (Object.keys(CAMPAIGN_STATUS) as CampaignStatus[])
    .filter((status) => campaigns[status])
    .map((status) => `${number(campaigns[status] ?? 0)} ${CAMPAIGN_STATUS[status].toLowerCase()}`);
  const figure = (label: string, value: string, below: string) => ({
    label,
    value: (
      <>
        <Box variant="awsui-value-large">
          <span className="numeric">{value}</span>
        </Box>
        <Small>{below}</Small>
      </>
    ),
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            truncated
              ? `Of the newest ${number(all)} campaigns since ${when(since)}; there are more.`
              : `Of the campaigns made since ${when(since)}.`
          }
        >
          All together
        </Header>
      }
    >
      <KeyValuePairs
        columns={4}
        minColumnWidth={150}
        items={[
          figure("Campaigns", number(all), states.join(", ") || "None in this time"),
          figure("People", number(stats.total), `${number(stats.pending)} waiting`),
          figure("Sent", number(stats.sent), `${share(stats.sent, stats.total)} of all`),
          figure(
            "Delivered",
            share(stats.delivered, stats.sent),
            `${number(stats.delivered)} of ${number(stats.sent)} sent`,
          ),
          figure(
            "Read",
            share(stats.read, stats.delivered),
            `${number(stats.read)} of ${number(stats.delivered)} delivered`,
          ),
          figure(
            "Replied",
            share(stats.replied, stats.delivered),
            `${number(stats.replied)} of ${number(stats.delivered)} delivered`,
          ),
          figure(
            "Failed",
            share(stats.failed, stats.total),
            `${number(stats.failed)} of ${count(stats.total, "person", "people")}`,
          ),
          figure(
            "To look at",
            number(stats.unconfirmed + stats.held),
            `${number(stats.unconfirmed)} in doubt, ${number(stats.held)} held`,
          ),
        ]}
      />
    </Container>
  );
}
