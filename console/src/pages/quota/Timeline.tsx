import BarChart from "@cloudscape-design/components/bar-chart";

import type { Quota } from "../../api/client";
import { number, when } from "../../words";
import { roomOf } from "./room";

const HEIGHT = 180; // px

/** When the used part of the cap becomes free, step by step, if nothing more is sent until then. */
export function Timeline({ quota, name }: { quota: Quota; name: string }) {
  const steps = roomOf(quota);
  const x = (at: string | null) => at ?? "now";
  return (
    <BarChart
      series={[
        {
          type: "bar",
          title: "Free before",
          valueFormatter: number,
          data: steps.map(({ at, before }) => ({ x: x(at), y: before })),
        },
        {
          type: "bar",
          title: "Becomes free then",
          valueFormatter: number,
          data: steps.map(({ at, more }) => ({ x: x(at), y: more })),
        },
        { type: "threshold", title: "Limit", y: quota.limit, valueFormatter: number },
      ]}
      xDomain={steps.map(({ at }) => x(at))}
      yDomain={[0, quota.limit * 1.1]}
      xScaleType="categorical"
      xTickFormatter={(at) => (at === "now" ? "Now" : when(at))}
      yTickFormatter={(value) => number(Math.round(value))}
      stackedBars
      height={HEIGHT}
      hideFilter
      ariaLabel={`Free conversations of ${name} over the next day`}
      yTitle="Conversations that may be opened"
    />
  );
}
