import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import type { Chosen } from "./chosen";
import { callPhone, readSheet } from "./sheet";

export interface ChosenProps {
  chosen: Chosen;
  choose: (chosen: Chosen) => void;
}

/** Which column has the phones; the server knows it by its name. */
export function PhoneColumn({ chosen, choose }: ChosenProps) {
  const { sheet, file } = chosen;
  const [refused, setRefused] = useState(false);
  if (!sheet.hasHeader) {
    return (
      <Alert type="info">
        The file has no header row, so its first column is taken for the phones, and the others are
        called column2, column3 and so on.
      </Alert>
    );
  }
  const options = sheet.columns.map((label, at) => ({ label, value: String(at) }));
  const rename = async (at: number) => {
    if (at === sheet.phone) return;
    const named = await callPhone(file, sheet, at);
    setRefused(named === null);
    if (named) choose({ file: named, sheet: await readSheet(named), key: crypto.randomUUID() });
  };
  return (
    <SpaceBetween size="m">
      {!sheet.phoneNamed && (
        <Alert type="warning">
          No column is called like one of phones, so the first one is taken. Is it right?
        </Alert>
      )}
      <FormField
        label="Column with the phones"
        description="Another one is called “phone” or “whatsapp” in what is uploaded: so it is found."
        errorText={
          refused && "This header can’t be changed here. Call the column “phone” in the file."
        }
      >
        <Select
          options={options}
          selectedOption={options[sheet.phone] ?? null}
          onChange={({ detail }) => void rename(Number(detail.selectedOption.value))}
        />
      </FormField>
    </SpaceBetween>
  );
}
