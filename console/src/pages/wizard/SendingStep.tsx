import Checkbox from "@cloudscape-design/components/checkbox";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { useQuota } from "../../api/queries";
import { number } from "../../words";
import { Asked } from "./Asked";
import type { Change, Form, Problems, Unit } from "./form";
import type { Listed } from "./useWizard";

interface Props {
  form: Form;
  change: Change;
  problems: Problems;
  /** A list was uploaded: over how many workers its people are spread is decided. */
  spread: boolean;
  listed: Listed;
}

const UNITS: { value: Unit; label: string }[] = [
  { value: "Second", label: "a second" },
  { value: "Minute", label: "a minute" },
  { value: "Hour", label: "an hour" },
];

/** How fast, how many a day, and what happens when something goes wrong. */
export function SendingStep(props: Props) {
  return (
    <SpaceBetween size="l">
      <Speed {...props} />
      <Cap {...props} />
      <Trouble {...props} />
    </SpaceBetween>
  );
}

function Speed(props: Props) {
  const { form, change, problems, spread } = props;
  return (
    <Container header={<Header variant="h2">Speed</Header>}>
      <SpaceBetween size="l">
        <FormField label="How it is sent" stretch errorText={problems["throttle.mode"]}>
          <RadioGroup
            value={form.mode}
            // Each has its own default of the pace.
            onChange={({ detail }) => change({ mode: detail.value as Form["mode"], pace: "" })}
            items={[
              {
                value: "batch",
                label: "In batches, one a minute",
                description:
                  "Calm, and easy to stop while little has gone out. For most campaigns.",
              },
              {
                value: "continuous",
                label: "Without pause",
                description: "As fast as pace, sender and cap allow. For long lists.",
              },
            ]}
          />
        </FormField>
        <ColumnLayout columns={2}>
          {form.mode === "batch" ? <Batches {...props} /> : <Workers {...props} locked={spread} />}
          <Pace {...props} />
        </ColumnLayout>
      </SpaceBetween>
    </Container>
  );
}

function Batches({ form, change, problems }: Props) {
  return (
    <SpaceBetween size="l">
      <Asked
        label="People in a batch"
        constraintText="1 to 1,000. Empty: 25."
        inputMode="numeric"
        field="throttle.batchSize"
        problems={problems}
        value={form.batchSize}
        onChange={(batchSize) => change({ batchSize })}
      />
      <Asked
        label="Minutes from batch to batch"
        constraintText="1 to 1,440. Empty: 1."
        inputMode="decimal"
        field="throttle.batchDelaySeconds"
        problems={problems}
        value={form.batchMinutes}
        onChange={(batchMinutes) => change({ batchMinutes })}
      />
    </SpaceBetween>
  );
}

function Workers({ form, change, problems, locked }: Props & { locked: boolean }) {
  return (
    <Asked
      label="Workers at once"
      description={
        locked
          ? "Fixed, since the list is uploaded: its people are spread over them."
          : "More workers send faster, up to the sender’s own limit. Fixed when the list is uploaded."
      }
      constraintText="1 to 100, and one for each 500 people at most. Empty: 1."
      inputMode="numeric"
      field="throttle.workers"
      problems={problems}
      disabled={locked}
      value={form.workers}
      onChange={(workers) => change({ workers })}
    />
  );
}

function Pace({ form, change, problems }: Props) {
  return (
    <FormField
      label="Messages"
      description="The most there may be, all workers together."
      constraintText={
        form.mode === "batch" ? "Empty: 20 a second." : "Empty: as many as the sender may send."
      }
      errorText={problems["throttle.pace"]}
    >
      <SpaceBetween direction="horizontal" size="xs">
        <Input
          ariaLabel="How many messages"
          inputMode="decimal"
          value={form.pace}
          onChange={({ detail }) => change({ pace: detail.value })}
        />
        <Select
          ariaLabel="In which time"
          options={UNITS}
          selectedOption={UNITS.find(({ value }) => value === form.unit) ?? null}
          onChange={({ detail }) => change({ unit: detail.selectedOption.value as Unit })}
        />
      </SpaceBetween>
    </FormField>
  );
}

function Cap({ form, change, problems, listed }: Props) {
  const quota = useQuota(listed.sender);
  const limit = quota.data ? number(quota.data.limit) : "some";
  return (
    <Container header={<Header variant="h2">Daily cap</Header>}>
      <Asked
        label="People a day, of this campaign"
        description={`The sender may open ${limit} conversations a day, for all of its campaigns together. To leave room for others, give this one less.`}
        constraintText="Empty: whatever the sender has left."
        inputMode="numeric"
        field="dailyCap"
        problems={problems}
        value={form.dailyCap}
        onChange={(dailyCap) => change({ dailyCap })}
      />
    </Container>
  );
}

function Trouble(props: Props) {
  const { form, change, problems } = props;
  const wrong = Object.keys(problems).some((name) => name.startsWith("retry."));
  return (
    <ExpandableSection
      variant="container"
      headerText="When something goes wrong"
      headerDescription="Good as it is for most campaigns"
      {...(wrong ? { expanded: true } : {})}
    >
      <SpaceBetween size="l">
        <Retries {...props} />
        <FormField
          label="A message whose answer was lost"
          description="It may have gone out. Nobody can know before Meta says so."
          stretch
        >
          <RadioGroup
            value={form.onUnconfirmed}
            onChange={({ detail }) =>
              change({ onUnconfirmed: detail.value as Form["onUnconfirmed"] })
            }
            items={[
              {
                value: "hold",
                label: "Wait for a person to decide",
                description: "Nobody is written to twice.",
              },
              {
                value: "resend",
                label: "Send it again after five minutes",
                description: "Everybody gets it; a few may get it twice.",
              },
            ]}
          />
        </FormField>
        <Checkbox
          checked={form.autoResume}
          onChange={({ detail }) => change({ autoResume: detail.checked })}
          description="A template that is approved again, an account that is free again. Else it waits for a person."
        >
          Go on by itself when the reason of a pause is gone
        </Checkbox>
      </SpaceBetween>
    </ExpandableSection>
  );
}

function Retries({ form, change, problems }: Props) {
  return (
    <ColumnLayout columns={3}>
      <Asked
        label="Attempts for one person"
        constraintText="1 to 10. Empty: 3."
        inputMode="numeric"
        field="retry.maxAttempts"
        problems={problems}
        value={form.maxAttempts}
        onChange={(maxAttempts) => change({ maxAttempts })}
      />
      <Asked
        label="Seconds before the second"
        constraintText="Then twice as long each time. Empty: 30."
        inputMode="decimal"
        field="retry.baseDelaySeconds"
        problems={problems}
        value={form.baseDelay}
        onChange={(baseDelay) => change({ baseDelay })}
      />
      <Asked
        label="Longest wait, in seconds"
        constraintText="Empty: 3,600."
        inputMode="decimal"
        field="retry.maxDelaySeconds"
        problems={problems}
        value={form.maxDelay}
        onChange={(maxDelay) => change({ maxDelay })}
      />
    </ColumnLayout>
  );
}
