import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { answered, api, type Campaign, type Schemas } from "./client";
import { errorOf } from "./errors";
import { nextCursor } from "./people";
import { after, keys, queryClient } from "./queries";

const A_PAGE = 25;

/** People who want no messages, in order of phone; only those whose phone begins like this. */
export function useSuppressions(phone: string, cursor: string | null) {
  return useQuery({
    queryKey: [...keys.suppressions, phone, cursor],
    queryFn: () =>
      answered(
        api().GET("/api/suppressions", {
          params: { query: { limit: A_PAGE, ...(phone && { phone }), ...after(cursor) } },
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** The same as one CSV, fetched piece by piece. Throws ApiError. */
export async function exportSuppressions(phone: string): Promise<Blob> {
  const pieces: Blob[] = [];
  let cursor: string | null = null;
  do {
    const query: { phone?: string; cursor?: string } = {
      ...(phone && { phone }),
      ...after(cursor),
    };
    const { data, error, response } = await api().GET("/api/suppressions.csv", {
      params: { query },
      parseAs: "blob",
    });
    if (!data) throw errorOf(response.status, error);
    pieces.push(data);
    cursor = nextCursor(response.headers.get("Link")) ?? null;
  } while (cursor);
  return new Blob(pieces, { type: "text/csv" });
}

/** What was erased, newest first. */
export function useErasures(cursor: string | null) {
  return useQuery({
    queryKey: [...keys.erasures, cursor],
    queryFn: () =>
      answered(
        api().GET("/api/erasures", { params: { query: { limit: A_PAGE, ...after(cursor) } } }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** Where other systems listen. */
export function useEndpoints() {
  return useQuery({
    queryKey: keys.endpoints,
    queryFn: async () => (await answered(api().GET("/api/webhook-endpoints"))).endpoints,
  });
}

const MOST = 200; // campaigns; the overview looks at as many
const AT_ONCE = 100;
const CALM = 60_000; // ms; a few pages are asked for each time

/** The campaigns that the overview counts, newest first: those that were made since an instant. */
export function useCampaignsSince(since: string | undefined) {
  return useQuery({
    queryKey: [...keys.overview, "campaigns", since?.slice(0, 10)],
    enabled: since !== undefined,
    staleTime: CALM,
    refetchInterval: CALM,
    queryFn: () => campaignsSince(since ?? ""),
  });
}

async function campaignsSince(since: string): Promise<Campaign[]> {
  const found: Campaign[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: AT_ONCE, ...after(cursor) };
    const page: Schemas["CampaignList"] = await answered(
      api().GET("/api/campaigns", { params: { query } }),
    );
    found.push(...page.campaigns.filter(({ createdAt }) => createdAt >= since));
    const goesOn = page.campaigns.every(({ createdAt }) => createdAt >= since);
    cursor = goesOn && found.length < MOST ? page.nextCursor : null;
  } while (cursor);
  return found;
}

/** Ask anew for all that is kept under a key. */
export const refresh = (queryKey: readonly unknown[]) =>
  queryClient.invalidateQueries({ queryKey });
