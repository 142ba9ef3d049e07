import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { answered, api, type Recipient, type RecipientStatus } from "./client";
import { ApiError, errorOf } from "./errors";
import { keys } from "./queries";

/** Which recipients; all that is given must hold. `phone` is the beginning of a number. */
export interface RecipientFilter {
  status?: RecipientStatus;
  phone?: string;
  code?: string;
  replied?: boolean;
}

interface Found {
  recipients: Recipient[];
  nextCursor: string | null;
}

const ASKED_AT_MOST = 6; // requests for one page: a filter may find few among many

/** One page of a campaign's recipients, filled up as far as a few requests can. */
export function useRecipients(
  id: string,
  filter: RecipientFilter,
  limit: number,
  cursor: string | null,
) {
  return useQuery({
    queryKey: keys.of(id, "recipients", filter, limit, cursor),
    queryFn: () => filledPage(id, filter, limit, cursor),
    placeholderData: keepPreviousData,
  });
}

async function filledPage(
  id: string,
  filter: RecipientFilter,
  limit: number,
  from: string | null,
): Promise<Found> {
  const recipients: Recipient[] = [];
  let cursor = from;
  for (let asked = 0; asked < ASKED_AT_MOST; asked++) {
    const query = { ...filter, limit: limit - recipients.length, ...(cursor ? { cursor } : {}) };
    const page = await answered(
      api().GET("/api/campaigns/{campaign_id}/recipients", {
        params: { path: { campaign_id: id }, query },
      }),
    );
    recipients.push(...page.recipients);
    cursor = page.nextCursor;
    if (!cursor || recipients.length >= limit) break;
  }
  return { recipients, nextCursor: cursor };
}

/** All recipients that fit as one CSV, fetched piece by piece. `heard` is told the bytes so far. */
export async function exportRecipients(
  id: string,
  filter: RecipientFilter,
  heard: (bytes: number) => void,
): Promise<Blob> {
  const pieces: Blob[] = [];
  let cursor: string | undefined;
  let bytes = 0;
  do {
    const { data, link } = await patiently(() => pieceOf(id, filter, cursor));
    pieces.push(data);
    heard((bytes += data.size));
    cursor = nextCursor(link);
  } while (cursor);
  return new Blob(pieces, { type: "text/csv" });
}

async function pieceOf(id: string, filter: RecipientFilter, cursor: string | undefined) {
  const { data, error, response } = await api().GET("/api/campaigns/{campaign_id}/recipients.csv", {
    params: { path: { campaign_id: id }, query: { ...filter, ...(cursor ? { cursor } : {}) } },
    parseAs: "blob",
  });
  if (!data) throw errorOf(response.status, error);
  return { data, link: response.headers.get("Link") };
}

const TRIES = 4;
const PAUSE = 1_000; // ms before the second try; then twice as long

/** One piece that the server was too busy for must not cost those that are here already. */
async function patiently<Piece>(ask: () => Promise<Piece>): Promise<Piece> {
  for (let tried = 1; ; tried++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ApiError) || !error.passing || tried === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE * 2 ** (tried - 1)));
    }
  }
}

/** The cursor in a header `Link: <…?cursor=…>; rel="next"`; undefined after the last piece. */
export function nextCursor(link: string | null): string | undefined {
  const found = /<([^>]*)>\s*;\s*rel="?next"?/.exec(link ?? "")?.[1];
  if (!found) return undefined;
  return new URL(found, "http://any").searchParams.get("cursor") ?? undefined;
}
