import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { answered, api, type Schemas } from "./client";
import { keys } from "./queries";

export type HistoryLine = Schemas["EventAnswer"];
export type Import = Schemas["ImportAnswer"];

export const LINES_A_PAGE = 50;

/** One page of a campaign's history, newest first. */
export function useHistory(id: string, cursor: string | null = null) {
  return useQuery({
    queryKey: keys.of(id, "events", cursor),
    queryFn: () =>
      answered(
        api().GET("/api/campaigns/{campaign_id}/events", {
          params: {
            path: { campaign_id: id },
            query: { limit: LINES_A_PAGE, ...(cursor ? { cursor } : {}) },
          },
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

const LOOKED_AT_EVERY = 3_000; // ms while a file is being read; nothing of it is told live

/** One page of a campaign's imports, newest first. */
export function useImports(id: string, cursor: string | null = null) {
  return useQuery({
    queryKey: keys.of(id, "imports", cursor),
    queryFn: () =>
      answered(
        api().GET("/api/campaigns/{campaign_id}/imports", {
          params: { path: { campaign_id: id }, query: cursor ? { cursor } : {} },
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      state.data?.imports.some(({ status }) => status === "CHECKING" || status === "IMPORTING")
        ? LOOKED_AT_EVERY
        : 60_000,
  });
}

/** An address of the rows that an import left out, good for some minutes; null: there is none. */
export async function reportOf(id: string, importId: string): Promise<string | null> {
  const found = await answered(
    api().GET("/api/campaigns/{campaign_id}/imports/{import_id}", {
      params: { path: { campaign_id: id, import_id: importId } },
    }),
  );
  return found.report?.url ?? null;
}
