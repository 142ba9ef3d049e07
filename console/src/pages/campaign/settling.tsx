import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { refreshCampaign } from "../../api/cache";
import type { Campaign, Schemas } from "../../api/client";
import { resolve, retryFailed, type Ordered } from "../../api/orders";
import { act } from "../../app/action";
import type { Flash } from "../../app/flashes";
import { CAMPAIGN_STATUS, count, number } from "../../words";

/** Try failed recipients again: those of one code, or all that may be. */
export async function retry(
  campaign: Campaign,
  failed: number,
  code: string | null,
  force = false,
): Promise<void> {
  const people = count(failed, "person", "people");
  await act({
    confirm: {
      title: code ? `Try ${people} with ${code} again?` : `Try ${people} again?`,
      label: force ? "Try again all the same" : "Try again",
      body: (
        <SpaceBetween size="s">
          <Box>
            They go back into the queue and are sent to under the daily cap.
            {campaign.status === "COMPLETED" && " The campaign runs again for that."}
            {campaign.status === "PAUSED" && " It is paused: nothing leaves before it is resumed."}
          </Box>
          {force ? (
            <Box>
              Meta says that this will fail again. Do it only if you know better; many such failures
              harm the number’s quality. Whoever wants no messages is left alone.
            </Box>
          ) : (
            !code && <Box>Those whom Meta would refuse again are left alone.</Box>
          )}
        </SpaceBetween>
      ),
    },
    run: (key) =>
      retryFailed(campaign.campaignId, { ...(code ? { codes: [code] } : {}), force }, key),
    said: (done) => told(done, "in the queue again", campaign),
    then: () => refreshCampaign(campaign.campaignId),
  });
}

/** Settle doubt about these people, or about all (null). */
export async function settle(
  campaign: Campaign,
  action: Schemas["Resolution"],
  phones: string[] | null,
): Promise<void> {
  const people = count(phones?.length ?? campaign.unconfirmedCount, "message");
  const accepting = action === "accept";
  await act({
    confirm: {
      title: accepting ? `Take ${people} as sent?` : `Send ${people} again?`,
      label: accepting ? "Take as sent" : "Send again",
      body: accepting
        ? "They count as sent, and nothing goes out. Whoever did not get it stays without it. News from Meta still counts."
        : "Whoever got the first message gets a second one. They go back into the queue, under the daily cap.",
    },
    run: (key) => resolve(campaign.campaignId, action, phones, key),
    said: (done) => told(done, accepting ? "taken as sent" : "in the queue again", campaign),
    then: () => refreshCampaign(campaign.campaignId),
  });
}

const LEFT_ALONE: Record<string, string> = {
  NOT_UNCONFIRMED: "settled meanwhile",
  NOT_FAILED: "no longer failed",
  NOT_FOUND: "not in the campaign",
  OPTED_OUT: "want no messages",
  UNREADABLE: "damaged records",
};

/** What the server answered to an order, in words. */
export function told(
  { count: done, refused, status }: Ordered,
  what: string,
  before: Campaign,
): Flash {
  const left = Object.entries(refused)
    .map(([code, many]) => `${number(many)} (${LEFT_ALONE[code] ?? code})`)
    .join(", ");
  const words = [
    `${number(done)} ${what}.`,
    left && `Left alone: ${left}.`,
    status !== before.status && `The campaign is ${CAMPAIGN_STATUS[status].toLowerCase()} now.`,
  ];
  return { type: done ? "success" : "info", content: words.filter(Boolean).join(" ") };
}
