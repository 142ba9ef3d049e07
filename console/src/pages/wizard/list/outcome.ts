import type { Schemas } from "../../../api/client";
import type { Populated } from "../../../api/lists";

export type RejectedRow = Schemas["RejectedRow"];

/** What became of a list. */
export interface Outcome {
  inserted: number;
  /** By kind; only those that there are. */
  skipped: [kind: string, count: number][];
  /** The first of them; of an import they are in its report only. */
  rejected: RejectedRow[];
  /** Where the report of an import is. */
  reportUrl: string | null;
  /** Why an import failed. */
  failed: string | null;
}

const some = (skipped: Record<string, number>) =>
  Object.entries(skipped).filter(([, count]) => count > 0);

export function outcomeOfPopulate({ inserted, skipped, rejected }: Populated): Outcome {
  return { inserted, skipped: some(skipped), rejected, reportUrl: null, failed: null };
}

export function outcomeOfImport({ import: made, report }: Schemas["ImportFound"]): Outcome {
  return {
    inserted: made.inserted,
    skipped: some(made.skipped),
    rejected: [],
    reportUrl: report?.url ?? null,
    failed: made.status === "FAILED" ? (made.reason ?? "Nobody knows why.") : null,
  };
}

const FORMULA = /^[=+\-@\t\r\n]/;

/** Rows that were left out, as a file like that of an import; no cell is a formula. */
export function rejectsFile(rows: RejectedRow[]): Blob {
  const cell = (text: string) => {
    const safe = FORMULA.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = rows.map(({ line, value, kind, reason }) =>
    [String(line), cell(value), kind, cell(reason)].join(","),
  );
  return new Blob([["line,phone,kind,reason", ...lines, ""].join("\r\n")], { type: "text/csv" });
}
