import type { CollectionPreferencesProps } from "@cloudscape-design/components/collection-preferences";
import { useState } from "react";

import { COLUMNS, SHOWN_FIRST } from "./columns";

type Shown = CollectionPreferencesProps.ContentDisplayItem;

interface Preferences {
  pageSize: number;
  columns: readonly Shown[];
}

const KEPT = "campaigns.list";

export const PAGE_SIZES = [10, 25, 50].map((value) => ({
  value,
  label: `${String(value)} campaigns`,
}));

const STANDARD: Preferences = {
  pageSize: 25,
  columns: COLUMNS.map(({ id = "" }) => ({ id, visible: SHOWN_FIRST.includes(id) })),
};

/** How this person wants the list, kept in this browser. */
export function usePreferences() {
  const [preferences, set] = useState(kept);
  const change = ({ pageSize, contentDisplay }: CollectionPreferencesProps.Preferences) => {
    const changed = {
      pageSize: pageSize ?? STANDARD.pageSize,
      columns: contentDisplay ?? STANDARD.columns,
    };
    localStorage.setItem(KEPT, JSON.stringify(changed));
    set(changed);
  };
  return [preferences, change] as const;
}

/** What was kept, as far as it fits the columns that there are now. */
function kept(): Preferences {
  const text = localStorage.getItem(KEPT);
  if (!text) return STANDARD;
  const old = JSON.parse(text) as Preferences;
  const known = old.columns.filter(({ id }) => COLUMNS.some((column) => column.id === id));
  const added = STANDARD.columns.filter(({ id }) => !known.some((column) => column.id === id));
  return { pageSize: old.pageSize, columns: [...known, ...added] };
}
