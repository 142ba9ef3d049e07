import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Multiselect from "@cloudscape-design/components/multiselect";
import { useState } from "react";

import { FormDialog } from "../../parts/FormDialog";
import { choice, registration, type Endpoint, type Told } from "./actions";
import { KINDS, kindName } from "./kinds";

interface Props {
  /** The one to change; null: a new one. */
  endpoint: Endpoint | null;
  tell: Told;
  close: () => void;
}

/** Where another system listens, and to what. */
export function EndpointDialog({ endpoint, tell, close }: Props) {
  const [url, setUrl] = useState("");
  const [events, setEvents] = useState<string[]>(endpoint?.events ?? ["campaign.*"]);
  const chosen = (
    <FormField
      label="Events"
      description="What became of each message comes with phone numbers."
      stretch
    >
      <Multiselect
        selectedOptions={events.map((value) => ({ value, label: kindName(value) }))}
        options={KINDS}
        placeholder="Choose events"
        deselectAriaLabel={({ label = "" }) => `Without: ${label}`}
        onChange={({ detail }) =>
          setEvents(detail.selectedOptions.flatMap(({ value }) => value ?? []))
        }
      />
    </FormField>
  );
  const none = events.length ? undefined : "Choose at least one kind of events.";
  if (endpoint) {
    return (
      <FormDialog
        title={`Events for ${endpoint.url}`}
        label="Save the changes"
        action={choice(endpoint, events)}
        lacks={none}
        close={close}
      >
        {chosen}
      </FormDialog>
    );
  }
  return (
    <FormDialog
      title="Post events to another system"
      label="Add the address"
      action={registration(url.trim(), events, tell)}
      lacks={url.trim() ? none : "The address is missing."}
      close={close}
    >
      <FormField
        label="Address"
        description="Of a system in the internet, with https. Each delivery is a signed POST."
        stretch
      >
        <Input
          value={url}
          inputMode="url"
          placeholder="https://hooks.example.com/campaigns"
          onChange={({ detail }) => setUrl(detail.value)}
        />
      </FormField>
      {chosen}
    </FormDialog>
  );
}
