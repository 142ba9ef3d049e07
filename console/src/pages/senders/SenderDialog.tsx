import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import type { Sender } from "../../api/client";
import { FormDialog } from "../../parts/FormDialog";
import { senderName } from "../../parts/senders";
import { change, registration } from "./actions";
import { EMPTY, changed, lacking, registered, type SenderForm } from "./form";

interface Props {
  /** The one to change; null: a new one. */
  sender: Sender | null;
  close: () => void;
}

/** Register a number, or change what is known of one. A token goes in, and is never shown again. */
export function SenderDialog({ sender, close }: Props) {
  const [form, setForm] = useState<SenderForm>(EMPTY);
  const field = (name: keyof Omit<SenderForm, "default">, more: Partial<InputProps> = {}) => (
    <Input
      {...more}
      value={form[name]}
      autoComplete={false}
      onChange={({ detail }) => setForm({ ...form, [name]: detail.value })}
    />
  );
  const fields = (
    <SpaceBetween size="m">
      {!sender && (
        <FormField
          label="Phone-number id"
          description="WhatsApp Manager shows it beside the number. It is not the number itself."
        >
          {field("phoneNumberId", { inputMode: "numeric" })}
        </FormField>
      )}
      <FormField
        label={sender ? "New access token (optional)" : "Access token"}
        description={
          sender
            ? "Takes the old one’s place within five minutes, if Meta takes it. Empty: as it is."
            : "A system user’s, with whatsapp_business_messaging. Nobody is shown it again."
        }
      >
        {field("accessToken", { type: "password" })}
      </FormField>
      <FormField label="Name (optional)" description="What people here call the number.">
        {field("name", { placeholder: sender?.name ?? "" })}
      </FormField>
      <FormField
        label="WhatsApp Business Account id (optional)"
        description="With it, the number’s templates can be chosen from a list."
      >
        {field("businessAccountId", {
          inputMode: "numeric",
          placeholder: sender?.businessAccountId ?? "",
        })}
      </FormField>
      <FormField
        label="Daily cap (optional)"
        description="Conversations a day, all campaigns together; not more than Meta allows."
      >
        {field("dailyLimit", {
          inputMode: "numeric",
          placeholder: String(sender?.limitInForce ?? ""),
        })}
      </FormField>
      <FormField
        label="Messages per second (optional)"
        description="The pace of campaigns that set none."
      >
        {field("messagesPerSecond", {
          inputMode: "decimal",
          placeholder: String(sender?.messagesPerSecond ?? ""),
        })}
      </FormField>
      {!sender?.default && (
        <Checkbox
          checked={form.default}
          onChange={({ detail }) => setForm({ ...form, default: detail.checked })}
          description="Campaigns that name no sender take it."
        >
          Default sender
        </Checkbox>
      )}
    </SpaceBetween>
  );
  const lacks = lacking(form, sender !== null);
  if (!sender) {
    return (
      <FormDialog
        title="Register a WhatsApp number"
        label="Register"
        action={registration(registered(form))}
        lacks={lacks}
        close={close}
      >
        {fields}
      </FormDialog>
    );
  }
  return (
    <FormDialog
      title={`Change ${senderName(sender)}`}
      label="Save the changes"
      action={change(sender, changed(form))}
      lacks={lacks}
      close={close}
    >
      {fields}
    </FormDialog>
  );
}
