import Alert from "@cloudscape-design/components/alert";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";

import type { Sender } from "../../api/client";
import { useQuota, useSenders } from "../../api/queries";
import { MessagePreview } from "../../message/MessagePreview";
import { pasted } from "../../message/template";
import { CapGauge } from "../../parts/CapGauge";
import { Problem } from "../../parts/Problem";
import { senderName } from "../../parts/senders";
import { count } from "../../words";
import { Asked } from "./Asked";
import type { Change, Form, Problems } from "./form";

interface Props {
  form: Form;
  change: Change;
  problems: Problems;
  /** People are in the campaign: its texts are rendered. */
  frozen: boolean;
}

/** What is sent, and from which number. */
export function MessageStep(props: Props) {
  const { form, change, problems, frozen } = props;
  return (
    <Grid gridDefinition={[{ colspan: { default: 12, s: 7 } }, { colspan: { default: 12, s: 5 } }]}>
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
            <TemplateByHand {...props} />
          </SpaceBetween>
        </Container>
      </SpaceBetween>
      <Container header={<Header variant="h2">Preview</Header>}>
        <MessagePreview
          template={form.template ?? pasted("Paste the template’s text to see it here.")}
        />
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

function SenderChoice({ form, change, problems }: Props) {
  const senders = useSenders();
  const quota = useQuota(form.senderId || undefined);
  if (senders.error) return <Problem error={senders.error} again={senders.refetch} />;
  const options = (senders.data ?? []).map(optionOf);
  const standard = senders.data?.find((sender) => sender.default)?.senderId;
  const chosen = options.find(({ value }) => value === (form.senderId || standard));
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
    description: [displayNumber, `${count(limitInForce, "conversation")} in 24 hours`]
      .filter(Boolean)
      .join(" · "),
    tags: [
      ...(stopped ? ["stopped"] : []),
      ...(quality ? [`quality ${quality.toLowerCase()}`] : []),
    ],
  };
}

function TemplateByHand({ form, change, problems, frozen }: Props) {
  return (
    <SpaceBetween size="l">
      <Asked
        label="Name of the template"
        description="As in WhatsApp Manager; Meta must have approved it."
        placeholder="order_update"
        field="templateName"
        problems={problems}
        disabled={frozen}
        value={form.templateName}
        onChange={(templateName) => change({ templateName })}
      />
      <Asked
        label="Language"
        constraintText="Its code in Meta, such as en_US or pt_BR."
        field="templateLanguage"
        problems={problems}
        disabled={frozen}
        value={form.templateLanguage}
        onChange={(templateLanguage) => change({ templateLanguage })}
      />
      <FormField
        label="Text of the template"
        description="Paste its body here: it is needed for the preview, and to know which places in it are to be filled."
        constraintText="Places look like {{1}} or {{first_name}}."
        errorText={problems.template}
      >
        <Textarea
          rows={5}
          value={form.template?.body ?? ""}
          placeholder={"Hi {{1}}, your order {{2}} is on its way."}
          onChange={({ detail }) =>
            change({
              template: detail.value
                ? { ...(form.template ?? pasted("")), body: detail.value }
                : null,
            })
          }
        />
      </FormField>
    </SpaceBetween>
  );
}
