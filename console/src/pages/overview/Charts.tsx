import BarChart from "@cloudscape-design/components/bar-chart";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import LineChart from "@cloudscape-design/components/line-chart";

import type { Schemas } from "../../api/client";
import { number } from "../../words";
import { dayName, outcomes, rates } from "./series";

type Day = Schemas["DayAnswer"];

const HEIGHT = 240; // px

/** By the day on which campaigns were started, not by that of each message. */
export function Charts({ days }: { days: readonly Day[] }) {
  const several = days.length > 1; // a line needs two points
  return (
    <Grid
      gridDefinition={[
        { colspan: { default: 12, m: several ? 7 : 12 } },
        ...(several ? [{ colspan: { default: 12, m: 5 } }] : []),
      ]}
    >
      <Outcomes days={days} />
      {several && <Rates days={days} />}
    </Grid>
  );
}

function Outcomes({ days }: { days: readonly Day[] }) {
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
        xDomain={days.map(({ date }) => date)}
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

function Rates({ days }: { days: readonly Day[] }) {
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
        xDomain={days.map(({ date }) => date)}
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
