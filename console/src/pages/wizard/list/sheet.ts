import Papa from "papaparse";

import { columnKey } from "../../../message/template";
import { decoded, SheetError, textOf } from "./bytes";

/**
 * The first rows of a list, read as the server reads it (shared/domain/audience.py), so that people
 * see what will become of it before they upload it. What counts is what the server makes of it.
 */
export interface Sheet {
  /** As the file has them; without a header row as the server calls them. */
  columns: string[];
  /** The place of the column with the phones. */
  phone: number;
  /** Whether a column is called like one of phones; else the first one is taken. */
  phoneNamed: boolean;
  hasHeader: boolean;
  delimiter: string;
  /** A file may have more. */
  rows: string[][];
}

export const SHOWN_ROWS = 50;
const HEAD = 256 * 1024; // bytes that are looked at
const SNIFFED = 20; // records
const DELIMITERS = [",", ";", "\t"];

/** As in shared/domain/audience.py; the surest first. */
export const PHONE_COLUMNS = [
  ...["whatsapp", "whatsappnumber", "phone", "phonenumber", "telephone", "mobile", "mobilenumber"],
  ...["cell", "cellphone", "telefone", "telefono", "celular", "movil", "tel", "msisdn", "number"],
  ...["numero", "to"],
];

/** Throws SheetError. */
export async function readSheet(file: Blob): Promise<Sheet> {
  const head = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
  return sheetOf(textOf(head, file.size > HEAD));
}

/** Throws SheetError. */
export function sheetOf(text: string): Sheet {
  const declared = /^sep=([,;\t])\s*?(\r\n|\n|\r|$)/i.exec(text);
  const rest = declared ? text.slice(declared[0].length) : text;
  const delimiter = declared?.[1] ?? sniffed(rest);
  const records = recordsOf(rest, delimiter, SHOWN_ROWS + 1);
  const first = records[0];
  if (!first) throw new SheetError("The file has only blank lines.");
  const named = phoneColumn(first);
  if (named < 0 && looksLikeNumber(first[0] ?? "")) {
    const columns = first.map((_, at) => (at ? `column${at + 1}` : "phone"));
    const rows = records.slice(0, SHOWN_ROWS);
    return { columns, phone: 0, phoneNamed: false, hasHeader: false, delimiter, rows };
  }
  if (records.length < 2) {
    throw new SheetError("The file has a header row, but nobody in it.");
  }
  return {
    columns: headerOf(first),
    phone: Math.max(0, named),
    phoneNamed: named >= 0,
    hasHeader: true,
    delimiter,
    rows: records.slice(1),
  };
}

/**
 * The same list with a header that calls this column like one of phones, by which the server finds
 * it; nothing else changes. Null: the header is not one plain line.
 */
export async function callPhone(file: File, sheet: Sheet, at: number): Promise<File | null> {
  const head = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
  const end = head.indexOf(0x0a);
  if (end < 0 || head[0] === 0xff || head[0] === 0xfe) return null;
  const line = decoded(head.subarray(0, end));
  const [cells = []] = recordsOf(line, sheet.delimiter, 1);
  const same = (name: string, place: number) => ["", name].includes(cells[place]?.trim() ?? "");
  if (cells.length !== sheet.columns.length || !sheet.columns.every(same)) return null;
  const name = sheet.phoneNamed ? "whatsapp" : "phone"; // the surest wins
  const names = sheet.columns.map((column, place) => (place === at ? name : column));
  const header = names.map((each) => `"${each.replaceAll('"', '""')}"`).join(sheet.delimiter);
  const parts = [header, line.endsWith("\r") ? "\r" : "", file.slice(end)];
  return new File(parts, file.name, { type: "text/csv" });
}

/** A row's values by the names that `{{…}}` is compared with. */
export function valuesOf(sheet: Sheet, row: string[]): Record<string, string> {
  return Object.fromEntries(sheet.columns.map((name, at) => [columnKey(name), row[at] ?? ""]));
}

function recordsOf(text: string, delimiter: string, count: number): string[][] {
  const { data } = Papa.parse<string[]>(text, {
    delimiter,
    preview: count * 2, // blank lines count, and are left out
    skipEmptyLines: "greedy",
  });
  return data.slice(0, count).map((cells) => cells.map((cell) => cell.trimStart()));
}

/** The delimiter with which the first records make the most sense. */
function sniffed(text: string): string {
  const sense = (delimiter: string) => {
    const found = recordsOf(text, delimiter, SNIFFED);
    const [first] = found;
    if (!first) return [0, 0, 0];
    const alike = first.length > 1 ? found.filter((one) => one.length === first.length).length : 0;
    const before = text.indexOf(delimiter);
    return [Number(hasPhone(first)), alike, -(before < 0 ? text.length : before)];
  };
  const judged = DELIMITERS.map((delimiter) => ({ delimiter, sense: sense(delimiter) }));
  return judged.reduce((best, one) => (above(one.sense, best.sense) ? one : best)).delimiter;
}

function above(one: number[], other: number[]): boolean {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at >= 0 && (one[at] ?? 0) > (other[at] ?? 0);
}

const hasPhone = (cells: string[]) => phoneColumn(cells) >= 0 || looksLikeNumber(cells[0] ?? "");

function phoneColumn(cells: string[]): number {
  const names = cells.map(plain);
  const known = PHONE_COLUMNS.find((name) => names.includes(name));
  return known === undefined ? -1 : names.indexOf(known);
}

/** A name without case, accents, spaces, underscores and hyphens. */
function plain(name: string): string {
  return name
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/** Whether somebody meant a number, a wrong one perhaps. */
function looksLikeNumber(cell: string): boolean {
  const digits = cell.match(/\p{Nd}/gu)?.length ?? 0;
  const letters = cell.match(/\p{L}/gu)?.length ?? 0;
  return digits >= 5 && letters <= 1;
}

function headerOf(cells: string[]): string[] {
  const names = cells.map((cell, at) => cell.trim() || `column${at + 1}`);
  const keys = names.map(columnKey);
  const twice = names.filter((_, at) => keys.indexOf(keys[at] ?? "") !== at);
  if (twice.length) {
    throw new SheetError(
      `The header names ${[...new Set(twice)].join(", ")} more than once. Give every column its own name.`,
    );
  }
  return names;
}
