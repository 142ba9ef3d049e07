import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";

import type { Schemas } from "../../api/client";
import { wordsOf } from "../../api/errors";
import { pasted } from "../../message/template";
import { Asked } from "./Asked";
import type { Change, Form, Problems } from "./form";
import type { Listed } from "./useWizard";

interface Props {
  form: Form;
  change: Change;
  problems: Problems;
  frozen: boolean;
  listed: Listed;
}

/** One of the templates that Meta lists; by hand where it lists none. */
export function TemplateChoice(props: Props) {
  const { form, change, problems, frozen, listed } = props;
  const [hand, setHand] = useState(false);
  const { templates, error, isLoading, known } = listed;
  const unlisted = templates !== undefined && form.templateName !== "" && !known;
  if (error || hand || unlisted) {
    return (
      <SpaceBetween size="l">
        {error && (
          <Alert type="info" header="Meta’s list of templates is not there">
            {wordsOf(error)} Until then, enter the template by hand.
          </Alert>
        )}
        {unlisted && !hand && (
          <Alert type="warning" header="Meta does not list this template">
            The sender has none with this name and language. The campaign would stop at its first
            message.
          </Alert>
        )}
        <ByHand {...props} />
        {templates && !frozen && (
          <Button
            variant="inline-link"
            onClick={() => {
              setHand(false);
              change({ templateName: "", template: null, filling: {} });
            }}
          >
            Choose from Meta’s list
          </Button>
        )}
      </SpaceBetween>
    );
  }
  const options = (templates ?? []).map(optionOf);
  return (
    <SpaceBetween size="s">
      <FormField
        label="Template"
        description="Those that Meta has approved for this sender."
        errorText={problems.templateName ?? problems.templateLanguage}
        stretch
      >
        <Select
          options={options}
          selectedOption={known ? optionOf(known) : null}
          disabled={frozen}
          statusType={isLoading ? "loading" : "finished"}
          loadingText="Asking Meta"
          placeholder="Choose a template"
          empty="The sender has none. Make one in WhatsApp Manager."
          filteringType="auto"
          filteringPlaceholder="Name or text"
          filteringAriaLabel="Look for a template"
          onChange={({ detail }) => {
            const [templateName = "", templateLanguage = ""] =
              detail.selectedOption.value?.split(" ") ?? [];
            change({ templateName, templateLanguage, template: null, filling: {} });
          }}
        />
      </FormField>
      {!frozen && (
        <Button variant="inline-link" onClick={() => setHand(true)}>
          Enter another one by hand
        </Button>
      )}
    </SpaceBetween>
  );
}

/** Why a campaign can't send a template; empty: it can. */
export function reasonAgainst({ status, unsupported }: Schemas["TemplateAnswer"]): string {
  if (status !== "APPROVED") return `Meta says ${status.toLowerCase().replaceAll("_", " ")}.`;
  return unsupported ?? "";
}

function optionOf(template: Schemas["TemplateAnswer"]): SelectProps.Option {
  const { name, language, category, body, quality } = template;
  const reason = reasonAgainst(template);
  const known = quality && quality !== "UNKNOWN" ? [`quality ${quality.toLowerCase()}`] : [];
  return {
    value: `${name} ${language}`,
    label: name,
    labelTag: language,
    description: reason || (body?.text ?? ""),
    tags: [...(category ? [category.toLowerCase()] : []), ...known],
    disabled: reason !== "",
  };
}

function ByHand({ form, change, problems, frozen, listed }: Props) {
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
      {!listed.known && (
        <FormField
          label="Text of the template"
          description="Paste its body here: it is needed for the preview, and to know which places in it are to be filled."
          constraintText="Places look like {{1}} or {{first_name}}."
          stretch
        >
          <Textarea
            rows={5}
            value={form.template?.body ?? ""}
            placeholder={"Hi {{1}}, your order {{2}} is on its way."}
            onChange={({ detail }) =>
              change({ template: detail.value ? pasted(detail.value) : null })
            }
          />
        </FormField>
      )}
    </SpaceBetween>
  );
}
