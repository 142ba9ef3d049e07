import { refresh } from "../../api/administration";
import { answered, api, once, type Schemas } from "../../api/client";
import { keys } from "../../api/queries";
import { count } from "../../words";

export type Erasure = Schemas["ErasureAnswer"];

/** What an order has erased so far. */
export function receipt({ recipients, conversations, campaigns, optOutsKept }: Erasure): string {
  return [
    `${count(recipients, "entry", "entries")} in lists, ${count(conversations, "conversation")}`,
    `${count(campaigns, "campaign")} looked at`,
    optOutsKept > 0 && "the wish for no messages is kept",
  ]
    .filter(Boolean)
    .join(", ");
}

export const order = (phone: string) => ({
  run: async (key: string) =>
    (await answered(api().POST("/api/erasures", { body: { phone }, headers: once(key) }))).erasure,
  said: (erasure: Erasure) => ({
    type: "success" as const,
    header: erasure.status === "DONE" ? "Erased" : "It is being erased",
    content: `${receipt(erasure)}.`,
  }),
  then: () => refresh(keys.erasures),
});
