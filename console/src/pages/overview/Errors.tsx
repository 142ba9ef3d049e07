import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Table from "@cloudscape-design/components/table";

import type { Schemas } from "../../api/client";
import { RecipientBadge } from "../../parts/StatusBadge";
import { Small } from "../../parts/Small";
import { number } from "../../words";

type Reason = Schemas["ErrorAnswer"];

/** Whether it would help to send again. */
function another({ status, retryable }: Reason): string {
  if (status === "UNCONFIRMED") return "Might be a second message: a person decides";
  if (status === "HELD") return "Meta still delivers or drops it";
  return retryable ? "May well work" : "Would not help";
}

/** Why people were not reached, over all campaigns; the most frequent first. */
export function Errors({ errors }: { errors: readonly Reason[] }) {
  return (
    <Table
      columnDefinitions={[
        {
          id: "words",
          header: "Why",
          isRowHeader: true,
          minWidth: 260,
          cell: ({ words, code }) => (
            <>
              {words}
              <Small>Code {code}</Small>
            </>
          ),
        },
        {
          id: "status",
          header: "State",
          minWidth: 160,
          cell: ({ status }) => <RecipientBadge status={status} />,
        },
        { id: "count", header: "People", minWidth: 90, cell: ({ count }) => number(count) },
        {
          id: "retryable",
          header: "Another attempt",
          minWidth: 170,
          cell: (error) => another(error),
        },
      ]}
      items={errors}
      trackBy={({ status, code }) => `${status}/${code}`}
      wrapLines
      ariaLabels={{ tableLabel: "Why people were not reached" }}
      header={
        <Header
          variant="h2"
          counter={`(${String(errors.length)})`}
          description="Each campaign’s page says who it was, and tries them again."
        >
          Why people were not reached
        </Header>
      }
      empty={<Box textAlign="center">Everybody was reached so far.</Box>}
    />
  );
}
