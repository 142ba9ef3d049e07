import { queryOptions, useQuery } from "@tanstack/react-query";

import { answered, api, once, type Schemas } from "./client";
import { keys } from "./queries";
import { send, sendToApi, type Sending } from "./upload";

export type Import = Schemas["ImportAnswer"];
export type Populated = Schemas["PopulatedAnswer"];

/**
 * Bytes of the longest list that is sent in one request; longer ones are imported. API Gateway ends
 * a request after half a minute, and a new table takes some 300 rows a second: 200 kB are about
 * 7,000 rows. The command line has the same limit.
 */
export const DIRECT = 200_000;
/** Bytes of the longest list there can be. */
export const LONGEST = 500_000_000;

const LOOKED_AT = 1_000; // ms between two looks at an import that runs

type Watching = Pick<Sending, "onProgress" | "signal">;

/** Add the people of a short list. Throws ApiError. */
export async function populate(id: string, file: File, key: string, watching: Watching) {
  return (await sendToApi(`/api/campaigns/${id}/populate`, file, key, watching)) as Populated;
}

/** Upload a long list, and begin to import it; the import's id. Throws ApiError. */
export async function importList(id: string, file: File, key: string, watching: Watching) {
  const path = { campaign_id: id };
  const body = { size: file.size, fileName: file.name };
  const { importId, upload } = await answered(
    api().POST("/api/campaigns/{campaign_id}/imports", {
      params: { path },
      body,
      headers: once(key),
    }),
  );
  await send({ ...upload, body: file, ...watching });
  await answered(
    api().POST("/api/campaigns/{campaign_id}/imports/{import_id}/start", {
      params: { path: { ...path, import_id: importId } },
    }),
  );
  return importId;
}

export const isRunning = ({ status }: Import) => status === "CHECKING" || status === "IMPORTING";

/** One import, looked at all the time while it runs. */
export function useImport(id: string, importId: string | null) {
  return useQuery(
    queryOptions({
      queryKey: keys.of(id, "imports", importId),
      enabled: importId !== null,
      queryFn: () =>
        answered(
          api().GET("/api/campaigns/{campaign_id}/imports/{import_id}", {
            params: { path: { campaign_id: id, import_id: importId ?? "" } },
          }),
        ),
      refetchInterval: ({ state }) =>
        state.data && !isRunning(state.data.import) ? false : LOOKED_AT,
    }),
  );
}

/** The last imports of a campaign, newest first. */
export function useImports(id: string, limit = 20, enabled = true) {
  return useQuery({
    queryKey: keys.of(id, "imports", "list", limit),
    enabled,
    queryFn: async () =>
      (
        await answered(
          api().GET("/api/campaigns/{campaign_id}/imports", {
            params: { path: { campaign_id: id }, query: { limit } },
          }),
        )
      ).imports,
  });
}
