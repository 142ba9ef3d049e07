import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";

import { FormDialog } from "../../parts/FormDialog";
import { addition } from "./actions";
import { lacking, phonesOf } from "./phones";

export function AddDialog({ close }: { close: () => void }) {
  const [text, setText] = useState("");
  const [reason, setReason] = useState("");
  const phones = phonesOf(text);
  return (
    <FormDialog
      title="Put people on the list"
      label="Put on the list"
      action={addition(phones, reason)}
      lacks={lacking(phones)}
      close={close}
    >
      <FormField
        label="Phone numbers"
        description="With country code, one in each line. From the moment that it is done nobody claims them for a message."
      >
        <Textarea
          value={text}
          rows={5}
          placeholder="+49 170 5550100"
          onChange={({ detail }) => setText(detail.value)}
        />
      </FormField>
      <FormField label="Reason (optional)" description="For those who ask later.">
        <Input
          value={reason}
          placeholder="Asked by e-mail"
          onChange={({ detail }) => setReason(detail.value)}
        />
      </FormField>
    </FormDialog>
  );
}
