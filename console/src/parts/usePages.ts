import type { PaginationProps } from "@cloudscape-design/components/pagination";
import { useState } from "react";

/** Pages behind cursors: those that were seen, and the one after them. */
export interface Pages {
  /** Of the page that is shown; null: the first. */
  cursor: string | null;
  /** For the table's `Pagination`, once it is known where the page after this one begins. */
  pagination: (next: string | null | undefined) => PaginationProps;
}

/** Keeps where each page began. `of`: what the list is of; another list begins at its first page. */
export function usePages(of: string): Pages {
  const [kept, setKept] = useState<{ of: string; begins: (string | null)[]; at: number }>(begin);
  const { begins, at } = kept.of === of ? kept : begin();
  return {
    cursor: begins[at] ?? null,
    pagination: (next) => {
      const known = begins.slice(0, next ? undefined : at + 1);
      if (next) known[at + 1] = next;
      return {
        currentPageIndex: at + 1,
        pagesCount: known.length,
        openEnd: Boolean(next) && at + 2 === known.length,
        onChange: ({ detail }) => {
          const to = Math.min(detail.currentPageIndex - 1, known.length - 1);
          setKept({ of, begins: known, at: to });
        },
      };
    },
  };

  function begin() {
    return { of, begins: [null], at: 0 };
  }
}
