import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { columnKey, type Slot } from "../../../message/template";
import type { Change, Form, Problems } from "../form";
import type { Sheet } from "./sheet";

interface Props {
  slots: Slot[];
  sheet: Sheet | null;
  form: Form;
  change: Change;
  problems: Problems;
}

/** Which column fills which place of the template. */
export function Mapping({ slots, sheet, form, change, problems }: Props) {
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="A column of the list, or a text of your own, also with columns in it: {{first_name}}."
        >
          What fills the message
        </Header>
      }
    >
      {slots.length === 0 ? (
        <Box color="text-body-secondary">
          Nothing: {form.template ? "the template" : "as far as is known, the template"} is the same
          for everybody.
        </Box>
      ) : (
        <SpaceBetween size="m">
          {slots.map((slot) => (
            <Filled
              key={slot.id}
              slot={slot}
              sheet={sheet}
              text={form.filling[slot.id] ?? ""}
              problem={problems[`slot.${slot.id}`]}
              onChange={(text) => change({ filling: { ...form.filling, [slot.id]: text } })}
            />
          ))}
        </SpaceBetween>
      )}
    </Container>
  );
}

interface FilledProps {
  slot: Slot;
  sheet: Sheet | null;
  text: string;
  problem: string | undefined;
  onChange: (text: string) => void;
}

const OWN = "own text";

function Filled({ slot, sheet, text, problem, onChange }: FilledProps) {
  const column = sheet?.columns.find((name) => isColumn(text, name));
  const [own, setOwn] = useState(false);
  const typing = !sheet || own || (text !== "" && column === undefined);
  const options: SelectProps.Option[] = [
    ...(sheet?.columns ?? []).map((name, at) => ({
      value: `{{${name}}}`,
      label: name,
      description: sheet?.rows[0]?.[at] ?? "",
    })),
    { value: OWN, label: "A text of my own" },
  ];
  const chosen = options.find(({ value }) =>
    typing ? value === OWN : column !== undefined && value === `{{${column}}}`,
  );
  return (
    <FormField label={slot.label} errorText={problem} stretch>
      <SpaceBetween size="xs">
        {sheet && (
          <Select
            ariaLabel={`${slot.label}: column`}
            options={options}
            selectedOption={chosen ?? null}
            placeholder="Choose a column"
            onChange={({ detail }) => {
              const { value = "" } = detail.selectedOption;
              setOwn(value === OWN);
              if (value !== OWN) onChange(value);
            }}
          />
        )}
        {typing && (
          <Input
            ariaLabel={`${slot.label}: text`}
            value={text}
            placeholder="Dear {{first_name}}"
            onChange={({ detail }) => onChange(detail.value)}
          />
        )}
      </SpaceBetween>
    </FormField>
  );
}

function isColumn(text: string, name: string): boolean {
  const [, inside] = /^\{\{\s*([^{}]+?)\s*\}\}$/.exec(text) ?? [];
  return inside !== undefined && columnKey(inside) === columnKey(name);
}
