import type { Campaign, Schemas } from "../../api/client";
import {
  buttonKinds,
  fillingOf,
  paramsOf,
  slotsOf,
  slotsOfParams,
  type Filling,
  type Params,
  type Slot,
  type SubType,
  type Template,
} from "../../message/template";

export type Unit = "Second" | "Minute" | "Hour";

/** What the wizard asks for. Numbers are texts as somebody types them; empty: the default. */
export interface Form {
  name: string;
  senderId: string;
  templateName: string;
  templateLanguage: string;
  /** Its text, where it is known: for the preview, and for which places there are to fill. */
  template: Template | null;
  filling: Filling;
  mode: "batch" | "continuous";
  pace: string;
  unit: Unit;
  batchSize: string;
  batchMinutes: string;
  workers: string;
  dailyCap: string;
  maxAttempts: string;
  baseDelay: string;
  maxDelay: string;
  onUnconfirmed: "hold" | "resend";
  autoResume: boolean;
}

export type Change = (fields: Partial<Form>) => void;

/** What is wrong, by the API's name of the field. */
export type Problems = Record<string, string>;

export const EMPTY: Form = {
  name: "",
  senderId: "",
  templateName: "",
  templateLanguage: "en_US",
  template: null,
  filling: {},
  mode: "batch",
  pace: "",
  unit: "Second",
  batchSize: "",
  batchMinutes: "",
  workers: "",
  dailyCap: "",
  maxAttempts: "",
  baseDelay: "",
  maxDelay: "",
  onUnconfirmed: "hold",
  autoResume: false,
};

/** A draft as the wizard shows it. */
export function formOf(campaign: Campaign): Form {
  const { throttle, retry } = campaign;
  const batch = throttle.mode === "batch";
  return {
    name: campaign.name,
    senderId: campaign.senderId,
    templateName: campaign.templateName,
    templateLanguage: campaign.templateLanguage,
    template: null,
    filling: fillingOf(campaign.templateParams),
    mode: throttle.mode,
    ...paceOf(throttle.messagesPerSecond),
    batchSize: batch ? String(throttle.batchSize) : "",
    batchMinutes: batch ? String(throttle.batchDelaySeconds / 60) : "",
    workers: batch ? "" : String(throttle.workers),
    dailyCap: typed(campaign.dailyCap),
    maxAttempts: String(retry.maxAttempts),
    baseDelay: String(retry.baseDelaySeconds),
    maxDelay: String(retry.maxDelaySeconds),
    onUnconfirmed: campaign.onUnconfirmed,
    autoResume: campaign.autoResume,
  };
}

const typed = (value: number | null) => (value === null ? "" : String(value));

/** In the unit in which it is a whole number, if there is one. */
function paceOf(perSecond: number | null): Pick<Form, "pace" | "unit"> {
  if (perSecond === null) return { pace: "", unit: "Second" };
  const units: [Unit, number][] = [
    ["Second", 1],
    ["Minute", 60],
    ["Hour", 3600],
  ];
  const rounded = (value: number) => Math.round(value * 1e6) / 1e6;
  const whole = units.find(([, times]) => Number.isInteger(rounded(perSecond * times)));
  const [unit, times] = whole ?? ["Second", 1];
  return { pace: String(rounded(perSecond * times)), unit };
}

/** The places that somebody must fill, and what kinds of buttons have some. */
export function slotsIn(form: Form, before: Params | null): Slot[] {
  if (form.template) return slotsOf(form.template);
  return before ? slotsOfParams(before) : [];
}

export function messageBody(form: Form) {
  return {
    name: form.name,
    senderId: form.senderId || null,
    templateName: form.templateName.trim(),
    templateLanguage: form.templateLanguage.trim(),
  };
}

/** The settings of a campaign that is to be changed; null: the default again. */
export function sendingBody(form: Form): Partial<Schemas["ChangeCampaign"]> {
  const batch = form.mode === "batch";
  const minutes = amount(form.batchMinutes);
  return {
    throttle: {
      mode: form.mode,
      [`messagesPer${form.unit}`]: amount(form.pace),
      batchSize: batch ? amount(form.batchSize) : null,
      batchDelaySeconds: batch && minutes !== null ? Math.round(minutes * 60) : null,
      workers: batch ? null : amount(form.workers),
    },
    dailyCap: amount(form.dailyCap),
    retry: {
      maxAttempts: amount(form.maxAttempts),
      baseDelaySeconds: amount(form.baseDelay),
      maxDelaySeconds: amount(form.maxDelay),
    } as Schemas["RetrySettings"], // null is taken here, as everywhere in a change
    onUnconfirmed: form.onUnconfirmed,
    autoResume: form.autoResume,
  };
}

export function paramsBody(form: Form, before: Params | null): { templateParams: Params<SubType> } {
  const kinds = buttonKinds(form.template, before);
  return { templateParams: paramsOf(slotsIn(form, before), form.filling, kinds) };
}

const amount = (text: string): number | null =>
  text.trim() ? Number(text.trim().replace(",", ".")) : null;

type Typed = "pace" | "batchSize" | "batchMinutes" | "workers" | "dailyCap" | "maxAttempts";

const NUMBERS: [Typed | "baseDelay" | "maxDelay", string][] = [
  ["pace", "throttle.pace"],
  ["batchSize", "throttle.batchSize"],
  ["batchMinutes", "throttle.batchDelaySeconds"],
  ["workers", "throttle.workers"],
  ["dailyCap", "dailyCap"],
  ["maxAttempts", "retry.maxAttempts"],
  ["baseDelay", "retry.baseDelaySeconds"],
  ["maxDelay", "retry.maxDelaySeconds"],
];

/** What can be seen without the server: what is missing, and what is no number. */
export function problemsOfMessage(form: Form): Problems {
  const problems: Problems = {};
  if (!form.name.trim()) problems.name = "Give the campaign a name.";
  if (!form.templateName.trim()) problems.templateName = "Which template is to be sent?";
  if (!form.templateLanguage.trim()) problems.templateLanguage = "In which language?";
  return problems;
}

export function problemsOfSending(form: Form): Problems {
  const wrong = NUMBERS.filter(([field]) => Number.isNaN(amount(form[field]) ?? 0));
  return Object.fromEntries(wrong.map(([, name]) => [name, "This must be a number."]));
}

export function problemsOfFilling(form: Form, slots: Slot[]): Problems {
  const open = slots.filter(({ id }) => !form.filling[id]?.trim());
  return Object.fromEntries(open.map(({ id }) => [`slot.${id}`, "What goes here?"]));
}

/** The problems that a change leaves: those of what was changed are looked at again later. */
export function problemsAfter(problems: Problems, before: Form, fields: Partial<Form>): Problems {
  const changed = new Set<string>(Object.keys(fields));
  for (const [field, name] of NUMBERS) if (field in fields) changed.add(name);
  for (const [id, text] of Object.entries(fields.filling ?? {})) {
    if (text !== before.filling[id]) changed.add(`slot.${id}`);
  }
  return Object.fromEntries(Object.entries(problems).filter(([name]) => !changed.has(name)));
}

/** The API's name of a field as the wizard's. */
export function fieldOf(name: string, slots: Slot[]): string {
  const [, part, at] = /^templateParams\.(header|body|buttons)\.?([^.]*)/.exec(name) ?? [];
  if (part === "header") return "slot.header";
  if (part === "body") {
    const named = `body.${at ?? ""}`;
    const known = slots.some(({ id }) => id === named) && !/^\d+$/.test(at ?? "");
    return `slot.${known ? named : `body.${Number(at) + 1}`}`;
  }
  if (part === "buttons") {
    return `slot.${slots.filter(({ id }) => id.startsWith("button."))[Number(at)]?.id ?? ""}`;
  }
  return name.replace(/^throttle\.(messagesPer\w+|delayMs)$/, "throttle.pace");
}
