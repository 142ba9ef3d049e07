import Alert from "@cloudscape-design/components/alert";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";

import { FormDialog } from "../../parts/FormDialog";
import { order } from "./actions";

export function ErasureDialog({ close }: { close: () => void }) {
  const [phone, setPhone] = useState("");
  const [sure, setSure] = useState(false);
  return (
    <FormDialog
      title="Erase everything of one person"
      label="Erase"
      action={order(phone.trim())}
      lacks={lacking(phone, sure)}
      close={close}
    >
      <FormField
        label="Phone number"
        description="With country code. It is looked for in all campaigns and conversations."
      >
        <Input
          value={phone}
          inputMode="tel"
          autoComplete={false}
          placeholder="+49 170 5550100"
          onChange={({ detail }) => setPhone(detail.value)}
        />
      </FormField>
      <Alert type="warning">
        This can’t be undone. Counters of campaigns stay; if the person wants no messages, that is
        kept, so that nobody writes to them again.
      </Alert>
      <Checkbox checked={sure} onChange={({ detail }) => setSure(detail.checked)}>
        The person has asked for it, or has to be erased
      </Checkbox>
    </FormDialog>
  );
}

function lacking(phone: string, sure: boolean): string | undefined {
  if (!phone.trim()) return "Enter the phone number.";
  return sure ? undefined : "Confirm that it is wanted: it can’t be undone.";
}
