import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { TableProps } from "@cloudscape-design/components/table";

import { Small } from "../../parts/Small";
import { count, number, when } from "../../words";
import type { Endpoint } from "./actions";
import { kindName } from "./kinds";

export const COLUMNS: readonly TableProps.ColumnDefinition<Endpoint>[] = [
  { id: "url", header: "Address", isRowHeader: true, minWidth: 220, cell: ({ url }) => url },
  {
    id: "events",
    header: "Events",
    minWidth: 200,
    cell: ({ events }) => events.map(kindName).join(", "),
  },
  {
    id: "state",
    header: "State",
    minWidth: 200,
    cell: (endpoint) => <State endpoint={endpoint} />,
  },
  {
    id: "givenUp",
    header: "Given up",
    minWidth: 100,
    cell: ({ givenUp }) => (givenUp ? count(givenUp, "delivery", "deliveries") : "None"),
  },
  { id: "created", header: "Added", minWidth: 110, cell: ({ createdAt }) => when(createdAt) },
];

function State({ endpoint }: { endpoint: Endpoint }) {
  const { enabled, disabledReason, failures, failingSince, lastFailure } = endpoint;
  if (!enabled) {
    return (
      <>
        <StatusIndicator type="stopped">Disabled</StatusIndicator>
        {disabledReason && <Small>{disabledReason}</Small>}
      </>
    );
  }
  if (!failures) return <StatusIndicator type="success">Enabled</StatusIndicator>;
  return (
    <>
      <StatusIndicator type="warning">
        {number(failures)} failed in a row, since {when(failingSince)}
      </StatusIndicator>
      {lastFailure && <Small>{lastFailure}</Small>}
    </>
  );
}
