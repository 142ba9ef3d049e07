import Box from "@cloudscape-design/components/box";
import type { TableProps } from "@cloudscape-design/components/table";

import type { Recipient } from "../../api/client";
import { RecipientBadge } from "../../parts/StatusBadge";
import { number, when } from "../../words";

/** The columns of every table of recipients. */
export const PEOPLE: readonly TableProps.ColumnDefinition<Recipient>[] = [
  {
    id: "phone",
    header: "Phone",
    isRowHeader: true,
    minWidth: 150,
    cell: ({ phone }) => <span className="numeric">+{phone}</span>,
  },
  {
    id: "state",
    header: "State",
    minWidth: 155,
    cell: ({ status }) => <RecipientBadge status={status} />,
  },
  { id: "last", header: "Last change", minWidth: 120, cell: (one) => when(lastOf(one)) },
  { id: "attempts", header: "Attempts", minWidth: 105, cell: ({ attempts }) => number(attempts) },
  {
    id: "why",
    header: "Code and words",
    minWidth: 220,
    cell: ({ errorCode, errorMessage }) =>
      errorCode ? (
        <>
          {errorCode}
          {errorMessage && (
            <Box variant="span" color="text-body-secondary">
              {" "}
              {errorMessage}
            </Box>
          )}
        </>
      ) : (
        "–"
      ),
  },
];

/** What a screen reader calls a table of recipients, and its rows. */
export function peopleLabels(table: string): TableProps.AriaLabels<Recipient> {
  return {
    tableLabel: table,
    selectionGroupLabel: "Selection of recipients",
    allItemsSelectionLabel: () => "All recipients of this page",
    itemSelectionLabel: (_, { phone }) => `+${phone}`,
  };
}

function lastOf({ repliedAt, readAt, deliveredAt, updatedAt, createdAt }: Recipient) {
  const instants = [repliedAt, readAt, deliveredAt, updatedAt, createdAt];
  return (
    instants
      .filter((at) => at !== null)
      .sort()
      .at(-1) ?? null
  );
}
