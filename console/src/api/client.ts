import createClient, { type Client, type Middleware } from "openapi-fetch";

import { session } from "../auth/session";
import { ApiError, UNREACHABLE, errorOf } from "./errors";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Campaign = Schemas["CampaignAnswer"];
export type CampaignStatus = Schemas["CampaignStatus"];
export type Recipient = Schemas["RecipientAnswer"];
export type RecipientStatus = Schemas["RecipientStatus"];
export type Sender = Schemas["SenderAnswer"];
export type Quota = Schemas["QuotaAnswer"];

const signed: Middleware = {
  async onRequest({ request }) {
    request.headers.set("Authorization", `Bearer ${await session.token()}`);
    return request;
  },
  onResponse({ response }) {
    if (response.status === 401) session.ended();
  },
  onError() {
    return new ApiError(0, "UNREACHABLE", UNREACHABLE);
  },
};

let made: Client<paths> | null = null;
let base = "";

/** Made once, when the configuration is known. */
export function connect(apiUrl: string): void {
  base = apiUrl;
  made = createClient<paths>({ baseUrl: apiUrl });
  made.use(signed);
}

/** The typed client; use it in `queries.ts` and in actions only, inside `answered(…)`. */
export function api(): Client<paths> {
  if (!made) throw new Error("The console has no configuration yet.");
  return made;
}

/** The address of a path of the API, for what the typed client can't do. */
export const address = (path: string): string => `${base}${path}`;

/** What the server answered. Throws ApiError. */
export async function answered<Data>(
  asked: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<NonNullable<Data>> {
  const { data, error, response } = await asked;
  if (!response.ok || data === undefined || data === null) throw errorOf(response.status, error);
  return data;
}

/** A POST with this header is done once, however often it is sent. */
export function once(key: string): { "Idempotency-Key": string } {
  return { "Idempotency-Key": key };
}
