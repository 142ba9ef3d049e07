import {
  QueryClient,
  keepPreviousData,
  queryOptions,
  skipToken,
  useInfiniteQuery,
  useQuery,
} from "@tanstack/react-query";
import { useSyncExternalStore } from "react";

import { answered, api } from "./client";
import { ApiError } from "./errors";
import { live, type LiveStatus } from "./live";

const POLLED = 5_000; // ms between two questions while nothing comes live
const CHECKED = 60_000; // also while it does: forecasts move with the clock

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      retry: (failures, error) => error instanceof ApiError && error.passing && failures < 2,
      refetchInterval: () => (live.status === "live" ? CHECKED : POLLED),
    },
  },
});

export function useLiveStatus(): LiveStatus {
  return useSyncExternalStore(live.watch, () => live.status);
}

/** Everything of one campaign is under `["campaign", id]`, so one call makes all of it anew. */
export const keys = {
  campaigns: ["campaigns"],
  campaign: (id: string) => ["campaign", id],
  detail: (id: string) => ["campaign", id, "detail"],
  of: (id: string, part: string, ...more: unknown[]) => ["campaign", id, part, ...more],
  quotas: ["quota"],
  senders: ["senders"],
  suppressions: ["suppressions"],
  overview: ["overview"],
  erasures: ["erasures"],
  endpoints: ["endpoints"],
} as const;

export const CAMPAIGNS_A_PAGE = 50;

/** Campaigns, newest first, a page at a time. */
export function useCampaigns() {
  return useInfiniteQuery({
    queryKey: keys.campaigns,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) =>
      answered(
        api().GET("/api/campaigns", {
          params: { query: { limit: CAMPAIGNS_A_PAGE, forecast: true, ...after(pageParam) } },
        }),
      ),
    getNextPageParam: (page) => page.nextCursor,
  });
}

export function campaignQuery(id: string) {
  return queryOptions({
    queryKey: keys.detail(id),
    queryFn: async () => {
      const params = { path: { campaign_id: id } };
      return (await answered(api().GET("/api/campaigns/{campaign_id}", { params }))).campaign;
    },
  });
}

export function progressQuery(id: string) {
  return queryOptions({
    queryKey: keys.of(id, "progress"),
    queryFn: () =>
      answered(
        api().GET("/api/campaigns/{campaign_id}/progress", {
          params: { path: { campaign_id: id } },
        }),
      ),
  });
}

export const useCampaign = (id: string) => useQuery(campaignQuery(id));
export const useProgress = (id: string) => useQuery(progressQuery(id));

/** Counts and rates; with `hours` also the messages of each minute. */
export function useStats(id: string, hours?: number) {
  return useQuery({
    queryKey: keys.of(id, "stats", hours),
    queryFn: () =>
      answered(
        api().GET("/api/campaigns/{campaign_id}/stats", {
          params: { path: { campaign_id: id }, query: hours ? { hours } : {} },
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useErrors(id: string) {
  return useQuery({
    queryKey: keys.of(id, "errors"),
    queryFn: () =>
      answered(
        api().GET("/api/campaigns/{campaign_id}/errors", { params: { path: { campaign_id: id } } }),
      ),
  });
}

export function useRetryStats(id: string) {
  return useQuery({
    queryKey: keys.of(id, "retry-stats"),
    queryFn: () =>
      answered(
        api().GET("/api/campaigns/{campaign_id}/retry-stats", {
          params: { path: { campaign_id: id } },
        }),
      ),
  });
}

/** The cap of a sender; nothing is asked for until it is known which one. */
export function useQuota(senderId: string | undefined) {
  return useQuery({
    queryKey: [...keys.quotas, senderId],
    queryFn: senderId
      ? () => answered(api().GET("/api/quota", { params: { query: { senderId } } }))
      : skipToken,
  });
}

export function useSenders() {
  return useQuery({
    queryKey: keys.senders,
    queryFn: async () => (await answered(api().GET("/api/senders"))).senders,
  });
}

/** The templates that a sender has at Meta. */
export function useTemplates(senderId: string | undefined) {
  return useQuery({
    queryKey: [...keys.senders, senderId, "templates"],
    enabled: senderId !== undefined,
    retry: false,
    queryFn: async () => {
      const path = { sender_id: senderId ?? "" };
      const asked = api().GET("/api/senders/{sender_id}/templates", { params: { path } });
      return (await answered(asked)).templates;
    },
  });
}

export function useOverview(days: number) {
  return useQuery({
    queryKey: [...keys.overview, days],
    queryFn: () => answered(api().GET("/api/analytics/overview", { params: { query: { days } } })),
    placeholderData: keepPreviousData,
  });
}

/** The cursor of a next page, if there is one. */
export function after(cursor: string | null): { cursor?: string } {
  return cursor ? { cursor } : {};
}
