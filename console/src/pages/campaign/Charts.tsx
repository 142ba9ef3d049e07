import BarChart from "@cloudscape-design/components/bar-chart";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import LineChart from "@cloudscape-design/components/line-chart";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { useQuota, useStats } from "../../api/queries";
import { CapGauge } from "../../parts/CapGauge";
import { ChartTable } from "../../parts/ChartTable";
import { Problem } from "../../parts/Problem";
import { count, hour, number, when } from "../../words";
import { capOver, messagesOver, minutesAPoint } from "./series";

const HOURS = [1, 6, 24, 48];
const HEIGHT = 200; // px

/** How many messages left, over the last hours. */
export function Messages({ id }: { id: string }) {
  const [hours, setHours] = useState(1);
  const stats = useStats(id, hours);
  const bars = messagesOver(stats.data?.perMinute ?? [], hours, new Date(stats.dataUpdatedAt));
  const some = bars.some(({ y }) => y > 0);
  const each = minutesAPoint(hours);
  const title = each === 1 ? "Messages per minute" : `Messages in each ${String(each)} minutes`;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SegmentedControl
              label="How far back"
              selectedId={String(hours)}
              options={HOURS.map((n) => ({ id: String(n), text: `${String(n)} h` }))}
              onChange={({ detail }) => setHours(Number(detail.selectedId))}
            />
          }
        >
          {title}
        </Header>
      }
    >
      {stats.error ? (
        <Problem error={stats.error} again={stats.refetch} />
      ) : (
        <SpaceBetween size="s">
          <LineChart
            ariaLabel={title}
            height={HEIGHT}
            hideFilter
            hideLegend
            xScaleType="time"
            statusType={stats.isPending ? "loading" : "finished"}
            series={some ? [{ type: "line", title: "Messages", data: bars }] : []}
            xTickFormatter={hour}
            yTickFormatter={whole}
            xTitle="Time"
            yTitle="Messages"
            empty={<Box>No message left in the last {count(hours, "hour")}.</Box>}
          />
          <ChartTable
            title={title}
            at="From"
            value="Messages"
            points={bars
              .filter(({ y }) => y > 0)
              .map(({ x, y }) => ({ id: x.toISOString(), at: when(x.toISOString()), value: y }))}
          />
        </SpaceBetween>
      )}
    </Container>
  );
}

/** The cap of its sender: how much is used, and when that was. */
export function CapUse({ senderId }: { senderId: string }) {
  const quota = useQuota(senderId);
  const title = "Use of the sender’s daily cap";
  if (quota.error) return <Problem error={quota.error} again={quota.refetch} />;
  const hours = capOver(quota.data?.hours ?? [], new Date(quota.dataUpdatedAt));
  const used = quota.data?.used ?? 0;
  return (
    <Container
      header={
        <Header variant="h2" description="Over all campaigns of the sender.">
          {title}
        </Header>
      }
    >
      <SpaceBetween size="s">
        {quota.data && <CapGauge cap={quota.data} label="Used now" />}
        <BarChart
          ariaLabel={title}
          height={HEIGHT}
          hideFilter
          hideLegend
          xScaleType="categorical"
          statusType={quota.isPending ? "loading" : "finished"}
          series={
            used
              ? [
                  {
                    type: "bar",
                    title: "Opened",
                    data: hours.map(({ at, opened }) => ({ x: hour(at), y: opened })),
                  },
                ]
              : []
          }
          yTickFormatter={whole}
          xTitle="Hour in which they were opened"
          yTitle="Conversations"
          empty={<Box>No conversation was opened in the last 24 hours.</Box>}
        />
        <ChartTable
          title={title}
          at="Hour"
          value="Conversations opened"
          points={hours
            .filter(({ opened }) => opened > 0)
            .map(({ at, opened }) => ({
              id: at.toISOString(),
              at: when(at.toISOString()),
              value: opened,
            }))}
        />
      </SpaceBetween>
    </Container>
  );
}

/** There are no half messages: ticks between whole numbers stay without a number. */
function whole(value: number): string {
  return Number.isInteger(value) ? number(value) : "";
}
