import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { MessagePreview } from "../../../message/MessagePreview";
import type { Filling, Template } from "../../../message/template";
import { valuesIn } from "./chosen";
import { PhoneColumn, type ChosenProps } from "./PhoneColumn";
import type { Sheet } from "./sheet";

const IN_TABLE = 4;

/** The beginning of the list as a table, and which column has the phones. */
export function FirstRows({ chosen, choose }: ChosenProps) {
  const { sheet } = chosen;
  const { columns, phone, rows } = sheet;
  return (
    <Container header={<Header variant="h2">The first rows</Header>}>
      <SpaceBetween size="m">
        <PhoneColumn chosen={chosen} choose={choose} />
        <Table
          variant="embedded"
          items={rows.slice(0, IN_TABLE)}
          ariaLabels={{ tableLabel: "The first rows of the list" }}
          columnDefinitions={columns.map((name, at) => ({
            id: String(at),
            header: (
              <>
                {name} {at === phone && <Badge color="blue">phone</Badge>}
              </>
            ),
            cell: (row: string[]) => row[at] ?? "",
            isRowHeader: at === phone,
            ...(at === phone ? { minWidth: 150 } : {}),
          }))}
        />
      </SpaceBetween>
    </Container>
  );
}

interface Props {
  template: Template;
  filling: Filling;
  sheet: Sheet;
}

/** The message of each of the first rows. */
export function RowPreview({ template, filling, sheet }: Props) {
  const [wanted, setWanted] = useState(0);
  const at = Math.min(wanted, sheet.rows.length - 1);
  const row = sheet.rows[at] ?? [];
  const turn = (by: number) => setWanted(at + by);
  return (
    <SpaceBetween size="s">
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        <Button
          iconName="angle-left"
          ariaLabel="The row before"
          disabled={at === 0}
          onClick={() => turn(-1)}
        />
        <Box variant="span">
          Row {at + 1} of the first {sheet.rows.length}
        </Box>
        <Button
          iconName="angle-right"
          ariaLabel="The next row"
          disabled={at >= sheet.rows.length - 1}
          onClick={() => turn(1)}
        />
      </SpaceBetween>
      <Box color="text-body-secondary">To {row[sheet.phone] ?? "nobody"}</Box>
      <MessagePreview template={template} values={valuesIn(filling, sheet, row)} />
    </SpaceBetween>
  );
}
