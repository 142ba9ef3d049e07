import FormField, { type FormFieldProps } from "@cloudscape-design/components/form-field";
import Input, { type InputProps } from "@cloudscape-design/components/input";

import type { Problems } from "./form";

interface Props extends Pick<FormFieldProps, "label" | "description" | "constraintText" | "info"> {
  value: string;
  onChange: (value: string) => void;
  problems: Problems;
  /** The API's name of the field. */
  field: string;
  placeholder?: string;
  disabled?: boolean;
  inputMode?: InputProps["inputMode"];
}

/** A line of text that is asked for, with what is wrong with it. */
export function Asked(props: Props) {
  const { value, onChange, problems, field, placeholder, disabled, inputMode, ...labels } = props;
  return (
    <FormField {...labels} errorText={problems[field]}>
      <Input
        value={value}
        disabled={disabled ?? false}
        {...(placeholder ? { placeholder } : {})}
        {...(inputMode ? { inputMode } : {})}
        onChange={({ detail }) => onChange(detail.value)}
      />
    </FormField>
  );
}
