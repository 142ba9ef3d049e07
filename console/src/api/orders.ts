import { answered, api, once, type CampaignStatus, type Schemas } from "./client";

/** What all calls of one order did together. */
export interface Ordered {
  count: number;
  /** How many were left alone, by code. */
  refused: Record<string, number>;
  status: CampaignStatus;
}

interface Part {
  count: number;
  refused: Record<string, number>;
  status: CampaignStatus;
  cursor: string | null;
}

/** Try failed recipients again: all, or those with one of the codes. */
export function retryFailed(
  id: string,
  order: { codes?: string[]; force?: boolean },
  key: string,
): Promise<Ordered> {
  return toTheEnd(async (cursor, headers) => {
    const { retried, ...done } = await answered(
      api().POST("/api/campaigns/{campaign_id}/retry-failed", {
        params: { path: { campaign_id: id } },
        headers,
        body: { force: false, ...order, cursor },
      }),
    );
    return { ...done, count: retried };
  }, key);
}

/** Settle doubt about these people, or about all (null). */
export function resolve(
  id: string,
  action: Schemas["Resolution"],
  phones: string[] | null,
  key: string,
): Promise<Ordered> {
  return toTheEnd(async (cursor, headers) => {
    const { resolved, ...done } = await answered(
      api().POST("/api/campaigns/{campaign_id}/resolve", {
        params: { path: { campaign_id: id } },
        headers,
        body: { action, cursor, ...(phones ? { phones, all: false } : { all: true }) },
      }),
    );
    return { ...done, count: resolved };
  }, key);
}

/** One call has a time to answer in; where it stopped, the next one goes on. */
export async function toTheEnd(
  call: (cursor: string | null, headers: ReturnType<typeof once>) => Promise<Part>,
  key: string,
): Promise<Ordered> {
  const all: Record<string, number> = {};
  let count = 0;
  let cursor: string | null = null;
  for (let n = 1; ; n++) {
    const part: Part = await call(cursor, once(`${key}.${n}`));
    count += part.count;
    for (const [code, refused] of Object.entries(part.refused)) {
      all[code] = (all[code] ?? 0) + refused;
    }
    cursor = part.cursor;
    if (!cursor) return { count, refused: all, status: part.status };
  }
}
