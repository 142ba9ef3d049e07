/** From the bytes of a list to its text, as the server does it (shared/domain/csv_text.py). */

/** A file that the server would not take, in words. */
export class SheetError extends Error {}

const SAMPLE = 65_536; // bytes
const SAVE_AS = "Save it as CSV (UTF-8) and upload that.";

const FOREIGN: [magic: string, words: string][] = [
  ["PK\x03\x04", "an Excel file or another zip archive"],
  ["\xd0\xcf\x11\xe0", "an old Excel file (.xls)"],
  ["%PDF", "a PDF document"],
  ["\x1f\x8b", "a gzip archive"],
  ["{\\rtf", "a rich text document"],
  ["<", "an HTML or XML document"],
  ["{", "a JSON document"],
  ["[{", "a JSON document"],
  ['["', "a JSON document"],
];
const UTF8_MARK = "\xef\xbb\xbf";
const UTF16 = { "\xff\xfe": "utf-16le", "\xfe\xff": "utf-16be" } as const;

/** The text of a file that begins so. Throws SheetError. */
export function textOf(head: Uint8Array, cut: boolean): string {
  if (!head.length) {
    throw new SheetError("The file is empty. Upload a CSV file with one phone number a line.");
  }
  if (!utf16(head)) refuseForeign(head.subarray(0, SAMPLE));
  const text = decoded(head);
  const zero = text.indexOf("\0");
  if (zero >= 0) {
    const line = text.slice(0, zero).split(/\r\n|\n|\r/).length;
    throw new SheetError(`Line ${line} holds binary data. ${SAVE_AS}`);
  }
  // The last line may have been cut, in the middle of a letter even.
  return cut ? text.slice(0, text.lastIndexOf("\n") + 1) : text;
}

export function decoded(head: Uint8Array): string {
  const wide = utf16(head);
  if (wide) return new TextDecoder(wide).decode(head);
  // `stream`: a letter that is cut at the end is no error.
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
  } catch {
    return new TextDecoder("windows-1252").decode(head);
  }
}

const utf16 = (head: Uint8Array) =>
  Object.entries(UTF16).find(([mark]) => latin1(head.subarray(0, 2)) === mark)?.[1];

function refuseForeign(head: Uint8Array): void {
  const sample = latin1(head);
  const text = sample.startsWith(UTF8_MARK) ? sample.slice(UTF8_MARK.length) : sample;
  const start = text.replace(/^[\t-\r ]+/, ""); // what Python strips of bytes
  const foreign = FOREIGN.find(([magic]) => start.startsWith(magic));
  if (foreign) throw new SheetError(`This is ${foreign[1]}, not a CSV file. ${SAVE_AS}`);
  // One stray control character is a blemish of some export; one in a hundred is not text.
  if (head.includes(0) || head.filter(isControl).length * 100 > head.length) {
    throw new SheetError(`This is binary data, not a CSV file. ${SAVE_AS}`);
  }
}

const isControl = (byte: number) => byte < 0x09 || (byte > 0x0d && byte < 0x20) || byte === 0x7f;

/** Byte for byte: a letter for each. TextDecoder's latin1 is Windows-1252. */
function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
