import BarChart from "@cloudscape-design/components/bar-chart";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import LineChart from "@cloudscape-design/components/line-chart";

import type { Schemas } from "../../api/client";
import { number } from "../../words";
import { axis, dayName, outcomes, rates } from "./series";

type Day = Schemas["DayAnswer"];

const HEIGHT = 240; // px

/** By the day on which campaigns were started, not by that of each message. */
export function Charts({ days, since, now }: { days: readonly Day[]; since: string; now: Date }) {
  const all = axis(days, since, now);
  const several = days.length > 1; // a line needs two points
  return (
    <Grid
      gridDefinition={[
        { colspan: { default: 12, m: several ? 7 : 12 } },
        ...(several ? [{ colspan: { default: 12, m: 5 } }] : []),
      ]}
    >
      <Outcomes days={days} all={all} />
      {several && <Rates days={days} all={all} />}
    </Grid>
  );
}

interface Drawn {
  days: readonly Day[];
  all: string[];
}

function Outcomes({ days, all }: Drawn) {
  return (
    <Container
      fitHeight
      header={
        <Header variant="h2" description="By the day (UTC) on which their campaign was started">
          What became of people
        </Header>
      }
    >
      <BarChart
        series={outcomes(days).map((each) => ({
          ...each,
          type: "bar" as const,
          valueFormatter: number,
        }))}
        xDomain={all}
        xScaleType="categorical"
        xTickFormatter={dayName}
        yTickFormatter={number}
        stackedBars
        height={HEIGHT}
        hideFilter
        ariaLabel="What became of people, by day"
        yTitle="People"
        empty={<Nothing />}
      />
    </Container>
  );
}

function Rates({ days, all }: Drawn) {
  const percent = (value: number) => `${number(value)} %`;
  return (
    <Container
      fitHeight
      header={
        <Header variant="h2" description="In percent, by the same day">
          Rates
        </Header>
      }
    >
      <LineChart
        series={rates(days).map((each) => ({
          ...each,
          type: "line" as const,
          valueFormatter: percent,
        }))}
        xDomain={all}
        yDomain={[0, 100]}
        xScaleType="categorical"
        xTickFormatter={dayName}
        height={HEIGHT}
        hideFilter
        ariaLabel="Rates in percent, by day"
        yTitle="Percent"
        empty={<Nothing />}
      />
    </Container>
  );
}

function Nothing() {
  return (
    <Box textAlign="center" color="text-body-secondary">
      No campaign was started in this time.
    </Box>
  );
}
