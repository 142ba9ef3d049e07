/** The marks with which WhatsApp formats a text: *bold* _italic_ ~struck~ `mono` ```mono```. */

export interface Leaf {
  kind: "text";
  text: string;
}

export interface Branch {
  kind: "bold" | "italic" | "struck" | "mono";
  inside: Part[];
}

export type Part = Leaf | Branch;

const KINDS = { "*": "bold", _: "italic", "~": "struck" } as const;
// A mark stands at the edge of a word on the outside, and right at it on the inside.
const MARKED =
  /```([^`]+)```|`([^`\n]+)`|(?<![\p{L}\p{N}])([*_~])(?!\s)((?:(?!\3)[^\n])+?)(?<!\s)\3(?![\p{L}\p{N}])/u;

/** A text as parts, in order. */
export function marked(text: string): Part[] {
  const found = MARKED.exec(text);
  if (!found) return text ? [{ kind: "text", text }] : [];
  const [whole, fenced, ticked, mark, inner] = found;
  const mono = fenced ?? ticked;
  const branch: Branch =
    mono === undefined
      ? { kind: KINDS[mark as keyof typeof KINDS], inside: marked(inner ?? "") }
      : { kind: "mono", inside: [{ kind: "text", text: mono }] };
  const before = text.slice(0, found.index);
  const after = text.slice(found.index + whole.length);
  return [...(before ? [{ kind: "text" as const, text: before }] : []), branch, ...marked(after)];
}
