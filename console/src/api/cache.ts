import type { InfiniteData } from "@tanstack/react-query";

import type { Campaign, CampaignStatus, Schemas } from "./client";
import { fieldsOf, type Counters, type LiveEvent, type Snapshot, type Told } from "./heard";
import { live } from "./live";
import { campaignQuery, keys, progressQuery, queryClient } from "./queries";

type Listed = InfiniteData<Schemas["CampaignList"]>;

const CALM = 2_000; // ms between two questions about one campaign whose counters run

/** Keeps what was asked for true as news come; called once. */
export function keepFresh(): void {
  live.listen((heard) => {
    if (heard.type === "snapshot") takeSnapshot(heard as Snapshot);
    else takeEvent(heard as LiveEvent);
  });
  live.watch(() => {
    // What happened while nothing was heard is asked for; a snapshot may not have all of it.
    if (live.status !== "live") void queryClient.invalidateQueries();
  });
}

function takeSnapshot({ campaigns, complete }: Snapshot): void {
  const known = new Set(listed().map((campaign) => campaign.campaignId));
  for (const told of campaigns) patch(told.campaignId, fieldsOfTold(told));
  const isNew = campaigns.some(({ campaignId }) => !known.has(campaignId));
  if (!complete) void queryClient.invalidateQueries();
  else if (isNew) void queryClient.invalidateQueries({ queryKey: keys.campaigns });
}

function takeEvent({ type, campaignId, data }: LiveEvent): void {
  if (type === "campaign.progress") {
    patch(campaignId, fieldsOf(data as unknown as Counters));
    soon(campaignId);
  } else if (type === "message.status") {
    soon(campaignId);
  } else {
    void refreshCampaign(campaignId);
    void queryClient.invalidateQueries({ queryKey: keys.senders }); // it may be one that stopped
  }
}

/** Ask again for one campaign and everything that hangs on it, the lists included. */
export async function refreshCampaign(id: string): Promise<void> {
  void queryClient.invalidateQueries({ queryKey: keys.campaign(id) });
  void queryClient.invalidateQueries({ queryKey: keys.quotas });
  if (!queryClient.getQueryData(keys.campaigns)) return;
  if (!listed().some((campaign) => campaign.campaignId === id)) {
    await queryClient.invalidateQueries({ queryKey: keys.campaigns });
    return;
  }
  const found = await current(id).catch(() => null);
  if (found) patchListed(id, found);
  else await queryClient.invalidateQueries({ queryKey: keys.campaigns });
}

/** A campaign as the list has it: with what comes next, which the campaign's own answer leaves out. */
async function current(id: string): Promise<Campaign> {
  const campaign = await queryClient.query({ ...campaignQuery(id), staleTime: 0 });
  if (!GOES_ON.has(campaign.status)) return campaign;
  const { nextRunAt, estimatedEnd, waitsFor } = await queryClient.query({
    ...progressQuery(id),
    staleTime: 0,
  });
  return { ...campaign, forecast: { nextRunAt, estimatedEnd, waitsFor } };
}

const GOES_ON: ReadonlySet<CampaignStatus> = new Set(["SCHEDULED", "RUNNING", "PAUSED"]);
const waiting = new Set<string>();

/** The parts of a campaign that follow from its counters, not more often than `CALM`. */
function soon(id: string): void {
  if (waiting.has(id)) return;
  waiting.add(id);
  window.setTimeout(() => {
    waiting.delete(id);
    if (queryClient.isFetching({ queryKey: keys.campaign(id) })) {
      soon(id); // else an answer that takes longer than `CALM` would be given up again and again
      return;
    }
    void queryClient.invalidateQueries({
      queryKey: keys.campaign(id),
      predicate: ({ queryKey }) => queryKey[2] !== "detail",
    });
    void queryClient.invalidateQueries({ queryKey: keys.quotas });
  }, CALM);
}

function listed(): Campaign[] {
  const data = queryClient.getQueryData<Listed>(keys.campaigns);
  return data?.pages.flatMap((page) => page.campaigns) ?? [];
}

function fieldsOfTold(told: Told): Partial<Campaign> {
  const { pausedReason, resumesAt } = told;
  return { ...fieldsOf(told), status: told.status as CampaignStatus, pausedReason, resumesAt };
}

/** Put fields into a campaign wherever it is shown. */
function patch(id: string, fields: Partial<Campaign>): void {
  queryClient.setQueryData<Campaign>(keys.detail(id), (old) => (old ? { ...old, ...fields } : old));
  patchListed(id, fields);
}

function patchListed(id: string, fields: Partial<Campaign>): void {
  queryClient.setQueryData<Listed>(keys.campaigns, (old) => {
    if (!old) return old;
    const pages = old.pages.map((page) => ({
      ...page,
      campaigns: page.campaigns.map((each) =>
        each.campaignId === id ? { ...each, ...fields } : each,
      ),
    }));
    return { ...old, pages };
  });
}
