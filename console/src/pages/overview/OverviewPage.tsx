import Header from "@cloudscape-design/components/header";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { useOverview } from "../../api/queries";
import { Waiting } from "../../app/Waiting";
import { usePage } from "../../app/page";
import { Problem } from "../../parts/Problem";
import { Charts } from "./Charts";
import { Errors } from "./Errors";
import { KeyFigures } from "./KeyFigures";
import { Ranking } from "./Ranking";

const TIMES = [
  { id: "7", text: "7 days" },
  { id: "30", text: "30 days" },
  { id: "90", text: "90 days" },
  { id: "366", text: "A year" },
];

export default function OverviewPage() {
  usePage("Overview");
  const [days, setDays] = useState("30");
  const { data, error, refetch, dataUpdatedAt } = useOverview(Number(days));
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="How all campaigns together fare."
        actions={
          <SegmentedControl
            label="Time"
            selectedId={days}
            options={TIMES}
            onChange={({ detail }) => setDays(detail.selectedId)}
          />
        }
      >
        Overview
      </Header>
      {error && <Problem error={error} again={refetch} />}
      {!data && !error && <Waiting />}
      {data && (
        <SpaceBetween size="l">
          <KeyFigures overview={data} />
          <Charts days={data.days} since={data.since} now={new Date(dataUpdatedAt)} />
          <Ranking since={data.since} />
          <Errors errors={data.errors} />
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}
