import { columnKey, placesOf, rendered, type Filling, type Slot } from "../../../message/template";
import { valuesOf, type Sheet } from "./sheet";

/** A file that somebody has taken, and what its beginning says. */
export interface Chosen {
  file: File;
  sheet: Sheet;
  /** Of its upload, so that it is done once. */
  key: string;
}

const ONE_COLUMN = /^\{\{[^{}]+\}\}$/;

/**
 * Fill what is empty, or was a column of another list, with the columns that are called so, or
 * stand there.
 */
export function guessed(slots: Slot[], filling: Filling, sheet: Sheet): Filling {
  const others = sheet.columns.filter((_, at) => at !== sheet.phone);
  const guess = (id: string): string | undefined => {
    const name = id.replace(/^body\./, "");
    if (/^\d+$/.test(name)) return others[Number(name) - 1];
    return others.find((column) => columnKey(column) === columnKey(name));
  };
  const filled = slots.map(({ id }) => {
    const column = guess(id);
    const text = filling[id] ?? "";
    const lost = ONE_COLUMN.test(text) && absentColumns([text], sheet).length > 0;
    if (text !== "" && !lost) return [id, text] as const;
    return [id, column === undefined ? "" : `{{${column}}}`] as const;
  });
  return { ...filling, ...Object.fromEntries(filled) };
}

/** The columns that texts name and the list does not have. */
export function absentColumns(texts: string[], sheet: Sheet): string[] {
  const known = new Set(sheet.columns.map(columnKey));
  return [...new Set(texts.flatMap(placesOf))].filter((name) => !known.has(columnKey(name)));
}

/** What a row puts into the places. */
export function valuesIn(filling: Filling, sheet: Sheet, row: string[]): Filling {
  const values = valuesOf(sheet, row);
  return Object.fromEntries(
    Object.entries(filling).map(([id, text]) => [id, rendered(text, values)]),
  );
}
