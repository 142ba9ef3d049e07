import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";

import { LEFT_OUT, count, number } from "../../../words";
import { rejectsFile, type Outcome } from "./outcome";

const SHOWN = 10;

/** What became of a list: how many are in, and who is not, and why. */
export function OutcomeBox({ outcome }: { outcome: Outcome }) {
  const { inserted, skipped, rejected, reportUrl, failed } = outcome;
  if (failed) {
    return (
      <Alert type="error" header="The list could not be imported">
        {failed}
      </Alert>
    );
  }
  const left = skipped.reduce((sum, [, each]) => sum + each, 0);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={left ? `${count(left, "row")} left out` : "No row was left out"}
          actions={left > 0 && <Download outcome={outcome} />}
        >
          {count(inserted, "person", "people")} added
        </Header>
      }
    >
      {left > 0 && (
        <SpaceBetween size="m">
          <KeyValuePairs
            columns={4}
            items={skipped.map(([kind, each]) => ({
              label: LEFT_OUT[kind] ?? kind,
              value: number(each),
            }))}
          />
          {rejected.length > 0 && <Rejected outcome={outcome} left={left} />}
          {reportUrl && <Box color="text-body-secondary">The file says why, row by row.</Box>}
        </SpaceBetween>
      )}
    </Container>
  );
}

function Rejected({ outcome: { rejected }, left }: { outcome: Outcome; left: number }) {
  return (
    <Table
      variant="embedded"
      header={<Header variant="h3">Left out, the first {Math.min(SHOWN, rejected.length)}</Header>}
      items={rejected.slice(0, SHOWN)}
      trackBy="line"
      wrapLines
      columnDefinitions={[
        { id: "line", header: "Line", minWidth: 90, cell: ({ line }) => number(line) },
        {
          id: "value",
          header: "Phone",
          isRowHeader: true,
          minWidth: 160,
          cell: ({ value }) => value || "–",
        },
        { id: "reason", header: "Why", minWidth: 200, cell: ({ reason }) => reason },
      ]}
      footer={
        left > rejected.length && (
          <Box color="text-body-secondary">
            The file to download has the first {number(rejected.length)} of {number(left)}.
          </Box>
        )
      }
    />
  );
}

function Download({ outcome: { rejected, reportUrl } }: { outcome: Outcome }) {
  const label = "Download who was left out";
  if (reportUrl) {
    return (
      <Button href={reportUrl} iconName="download" download>
        {label}
      </Button>
    );
  }
  const save = () => {
    const url = URL.createObjectURL(rejectsFile(rejected));
    const link = document.createElement("a");
    link.href = url;
    link.download = "left-out.csv";
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <Button iconName="download" onClick={save}>
      {label}
    </Button>
  );
}
