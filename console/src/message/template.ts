import type { Schemas } from "../api/client";

/** A template of WhatsApp, the places in it that are filled, and what fills them. Pure. */

/** What the variable part of a button is, to the API. */
export type SubType = "url" | "quick_reply" | "copy_code";

export interface TemplateButton {
  index: number;
  type: string;
  text: string;
  /** Of a button with a place that every message must fill. */
  subType: SubType | null;
}

export interface Template {
  header: { format: string; text: string | null } | null;
  body: string;
  footer: string | null;
  buttons: TemplateButton[];
}

/** A place to fill: `header`, `body.1`, `body.first_name`, `button.0`. */
export interface Slot {
  id: string;
  label: string;
}

/** What fills the places, by their ids: texts with `{{column}}`. */
export type Filling = Record<string, string>;

/** As the API has it. */
export interface Params<Kind extends string = string> {
  header: string | null;
  body: string[] | Record<string, string>;
  buttons: { index: number; subType: Kind; text: string }[];
}

export const PLACE = /\{\{\s*([^{}]+?)\s*\}\}/g;

/** The names of the places in a text, each once, in the order of the text. */
export function placesOf(text: string): string[] {
  return [...new Set([...text.matchAll(PLACE)].map(([, name]) => name ?? ""))];
}

const byNumber = (one: string, other: string) => Number(one) - Number(other);
const isNumber = (name: string) => /^\d+$/.test(name);

/** Every place of a template, in the order in which Meta counts them. */
export function slotsOf({ header, body, buttons }: Template): Slot[] {
  const names = placesOf(body);
  const sorted = names.every(isNumber) ? names.sort(byNumber) : names;
  return [
    ...(header?.text && placesOf(header.text).length
      ? [{ id: "header", label: `Header {{${placesOf(header.text).join("}} {{")}}}` }]
      : []),
    ...sorted.map((name) => ({ id: `body.${name}`, label: `Text {{${name}}}` })),
    ...buttons
      .filter((button) => button.subType)
      .map(({ index, text }) => ({ id: `button.${index}`, label: `Button “${text}”` })),
  ];
}

/** The places that parameters fill, of a template whose text nobody knows. */
export function slotsOfParams({ header, body, buttons }: Params): Slot[] {
  const names = Array.isArray(body) ? body.map((_, at) => String(at + 1)) : Object.keys(body);
  return [
    ...(header === null ? [] : [{ id: "header", label: "Header" }]),
    ...names.map((name) => ({ id: `body.${name}`, label: `Text {{${name}}}` })),
    ...buttons.map(({ index }) => ({ id: `button.${index}`, label: `Button ${index + 1}` })),
  ];
}

export function fillingOf({ header, body, buttons }: Params): Filling {
  const named = Array.isArray(body)
    ? body.map((text, at) => [`body.${at + 1}`, text] as const)
    : Object.entries(body).map(([name, text]) => [`body.${name}`, text] as const);
  return {
    ...(header === null ? {} : { header }),
    ...Object.fromEntries(named),
    ...Object.fromEntries(buttons.map(({ index, text }) => [`button.${index}`, text])),
  };
}

/** What the API is told; `kinds` says of each button by index what it is. */
export function paramsOf(
  slots: Slot[],
  filling: Filling,
  kinds: Record<number, SubType>,
): Params<SubType> {
  const texts = (prefix: string) =>
    slots
      .filter(({ id }) => id.startsWith(prefix))
      .map(({ id }) => [id.slice(prefix.length), filling[id] ?? ""] as const);
  const body = texts("body.");
  return {
    header: slots.some(({ id }) => id === "header") ? (filling.header ?? "") : null,
    body: body.every(([name]) => isNumber(name))
      ? body.map(([, text]) => text)
      : Object.fromEntries(body),
    buttons: texts("button.").map(([index, text]) => ({
      index: Number(index),
      subType: kinds[Number(index)] ?? "url",
      text,
    })),
  };
}

export function buttonKinds(template: Template | null, before: Params | null) {
  const known: Record<number, SubType> = {};
  for (const { index, subType } of before?.buttons ?? []) known[index] = subType as SubType;
  for (const { index, subType } of template?.buttons ?? []) if (subType) known[index] = subType;
  return known;
}

/** A name of a column as the server compares them. */
export const columnKey = (name: string) => name.trim().toLowerCase();

/** A text with a row's values in it, as the server renders it. Columns that it lacks stay. */
export function rendered(text: string, row: Record<string, string>): string {
  const filled = text.replace(PLACE, (place, name: string) => row[columnKey(name)] ?? place);
  return filled.split(/\s+/).join(" ").trim();
}

/** A template as Meta lists it. */
export function templateOf({ header, body, footer, buttons }: Schemas["TemplateAnswer"]): Template {
  const places = body?.placeholders.map((name) => `{{${name}}}`) ?? [];
  return {
    header,
    body: body?.text ?? places.join(" "),
    footer,
    buttons: buttons.map(({ index, type, text, subType }) => ({
      index,
      type,
      text: text ?? type.toLowerCase().replaceAll("_", " "),
      subType: subType as SubType | null,
    })),
  };
}

/** A template somebody pasted the body of. */
export function pasted(body: string): Template {
  return { header: null, body, footer: null, buttons: [] };
}
