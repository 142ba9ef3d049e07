import { EMPTY, type Form } from "./form";

/**
 * What was typed and is not on the server yet, in this tab: a load of the page loses nothing.
 *
 * It is kept with what the server had then. If that has changed since, by somebody else, the
 * server's wins; but the text of the template, which only the wizard knows, stays.
 */
interface Kept {
  form: Form;
  base: string;
}

const place = (id: string | null) => `campaigns.wizard.${id ?? "new"}`;
const marked = (base: Form) => JSON.stringify(base);

export function keep(id: string | null, base: Form, form: Form): void {
  sessionStorage.setItem(place(id), JSON.stringify({ form, base: marked(base) } satisfies Kept));
}

export function kept(id: string | null, base: Form): Form {
  const text = sessionStorage.getItem(place(id));
  if (!text) return base;
  const found = JSON.parse(text) as Kept;
  if (found.base === marked(base)) return { ...EMPTY, ...found.form };
  return { ...base, template: found.form.template };
}

export function forget(id: string | null): void {
  sessionStorage.removeItem(place(id));
}
