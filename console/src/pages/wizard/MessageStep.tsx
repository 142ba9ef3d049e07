import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";

import type { Sender } from "../../api/client";
import { useQuota, useSenders } from "../../api/queries";
import { MessagePreview } from "../../message/MessagePreview";
import { CapGauge } from "../../parts/CapGauge";
import { Problem } from "../../parts/Problem";
import { senderName } from "../../parts/senders";
import { count } from "../../words";
import { Asked } from "./Asked";
import type { Change, Form, Problems } from "./form";
import { TemplateChoice } from "./TemplateChoice";
import type { Listed } from "./useWizard";

interface Props {
  form: Form;
  change: Change;
  problems: Problems;
  /** People are in the campaign: its texts are rendered. */
  frozen: boolean;
  listed: Listed;
}

/** What is sent, and from which number. */
export function MessageStep(props: Props) {
  const { form, change, problems, frozen } = props;
  return (
    <Grid
      gridDefinition={[{ colspan: { default: 12, xs: 7 } }, { colspan: { default: 12, xs: 5 } }]}
    >
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">Campaign</Header>}>
          <SpaceBetween size="l">
            <Asked
              label="Name"
              description="For you and your colleagues; nobody else sees it."
              placeholder="Spring sale"
              field="name"
              problems={problems}
              value={form.name}
              onChange={(name) => change({ name })}
            />
            <SenderChoice {...props} />
          </SpaceBetween>
        </Container>
        <Container header={<Header variant="h2">Template</Header>}>
          <SpaceBetween size="l">
            {frozen && <Frozen />}
            <TemplateChoice {...props} />
          </SpaceBetween>
        </Container>
      </SpaceBetween>
      <Container header={<Header variant="h2">Preview</Header>}>
        {form.template ? (
          <MessagePreview template={form.template} />
        ) : (
          <Box color="text-body-secondary">Choose a template to see it here.</Box>
        )}
      </Container>
    </Grid>
  );
}

export function Frozen() {
  return (
    <Alert type="info" header="Template and texts are fixed">
      The list is uploaded, and everybody’s message was made from it. For another text, duplicate
      the campaign and upload the list there.
    </Alert>
  );
}

function SenderChoice({ change, problems, listed }: Props) {
  const senders = useSenders();
  const quota = useQuota(listed.sender);
  if (senders.error) return <Problem error={senders.error} again={senders.refetch} />;
  const options = (senders.data ?? []).map(optionOf);
  const chosen = options.find(({ value }) => value === listed.sender);
  return (
    <SpaceBetween size="s">
      <FormField
        label="Sender"
        description="The number it comes from."
        errorText={problems.senderId}
      >
        <Select
          selectedOption={chosen ?? null}
          options={options}
          statusType={senders.isPending ? "loading" : "finished"}
          placeholder="Choose a number"
          empty="No number is registered yet."
          onChange={({ detail }) => change({ senderId: detail.selectedOption.value ?? "" })}
        />
      </FormField>
      {quota.data && chosen && <CapGauge cap={quota.data} label="Daily cap of this sender" />}
    </SpaceBetween>
  );
}

function optionOf(sender: Sender) {
  const { senderId, displayNumber, limitInForce, quality, stopped } = sender;
  return {
    value: senderId,
    label: senderName(sender),
    description: [displayNumber, `${count(limitInForce, "conversation")} a day`]
      .filter(Boolean)
      .join(" · "),
    tags: [
      ...(stopped ? ["stopped"] : []),
      ...(quality ? [`quality ${quality.toLowerCase()}`] : []),
    ],
  };
}
