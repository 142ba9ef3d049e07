import "./preview.css";

import { Fragment, type ReactNode } from "react";

import { marked, type Part } from "./marks";
import { PLACE, type Filling, type Template } from "./template";

interface Props {
  template: Template;
  /** What is in the places, by their ids; a place without one is shown by its name. */
  values?: Filling;
  /** Whose message this is, for whoever does not see it. */
  label?: string;
}

const ICONS: Record<string, string> = {
  URL: "↗",
  PHONE_NUMBER: "✆",
  QUICK_REPLY: "↩",
  COPY_CODE: "⧉",
};

/** A message about as WhatsApp shows it; what is filled in is highlighted. */
export function MessagePreview({ template, values = {}, label = "The message" }: Props) {
  const { header, body, footer, buttons } = template;
  return (
    <figure className="chat" aria-label={label}>
      <div className="bubble">
        {header && <Head header={header} filled={values.header} />}
        <div className="bubble-body">
          <Formatted text={body} values={values} prefix="body." />
        </div>
        {footer && <div className="bubble-footer">{footer}</div>}
        {buttons.length > 0 && (
          <ul className="bubble-buttons" aria-label="Buttons">
            {buttons.map(({ index, type, text }) => (
              <li key={index}>
                <span aria-hidden="true">{ICONS[type.toUpperCase()] ?? ""}</span> {text}
              </li>
            ))}
          </ul>
        )}
      </div>
    </figure>
  );
}

function Head(props: { header: NonNullable<Template["header"]>; filled: string | undefined }) {
  const { header, filled } = props;
  if (header.format.toUpperCase() !== "TEXT") {
    return <div className="bubble-media">{header.format.toLowerCase()}</div>;
  }
  const text = header.text ?? "";
  return (
    <div className="bubble-header">
      {pieces(text, (name) => (
        <Place name={name} value={filled} />
      ))}
    </div>
  );
}

function Formatted(props: { text: string; values: Filling; prefix: string }) {
  const names: string[] = [];
  // Names may have underscores: out of the way of the marks while those are looked for.
  const safe = props.text.replace(PLACE, (_, name: string) => `{{${names.push(name) - 1}}}`);
  const fill = (at: string) => {
    const name = names[Number(at)] ?? at;
    return <Place name={name} value={props.values[props.prefix + name]} />;
  };
  return <>{marked(safe).map((part, at) => shown(part, at, fill))}</>;
}

function shown(part: Part, at: number, fill: (name: string) => ReactNode): ReactNode {
  if (part.kind === "text") return <Fragment key={at}>{pieces(part.text, fill)}</Fragment>;
  const Tag = ({ bold: "strong", italic: "em", struck: "s", mono: "code" } as const)[part.kind];
  return <Tag key={at}>{part.inside.map((each, inner) => shown(each, inner, fill))}</Tag>;
}

function pieces(text: string, fill: (name: string) => ReactNode): ReactNode[] {
  return text
    .split(PLACE)
    .map((piece, at) => <Fragment key={at}>{at % 2 ? fill(piece) : piece}</Fragment>);
}

function Place({ name, value }: { name: string; value: string | undefined }) {
  return value ? <mark>{value}</mark> : <mark className="open">{`{{${name}}}`}</mark>;
}
