import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { answered, api, once, type Campaign } from "../../api/client";
import { refreshCampaign } from "../../api/cache";
import { wordsOf } from "../../api/errors";
import { act } from "../../app/action";
import type { Flash } from "../../app/flashes";
import { PageLink } from "../../parts/PageLink";
import { CAMPAIGN_STATUS, count } from "../../words";
import { can, type Action } from "./rows";

export type Bulk = Action | "duplicate";

interface Words {
  /** On the button of the dialog. */
  label: string;
  /** What happens, for the dialog. */
  effect: string;
}

const WORDS: Record<Bulk, Words> = {
  start: {
    label: "Start",
    effect: "Messages go out from now on, under the daily cap and the pace of each campaign.",
  },
  pause: {
    label: "Pause",
    effect: "Nobody new is written to. What is on its way just now is finished: a few messages.",
  },
  resume: { label: "Resume", effect: "Messages go out again, from where it stopped." },
  cancel: { label: "Cancel", effect: "Whoever was not written to yet never will be." },
  duplicate: {
    label: "Duplicate",
    effect: "A new draft with the same settings is made of each. Recipients are not copied.",
  },
};

/** One campaign's answer: what the server said of it. */
interface Done {
  campaign: Campaign;
  said: string;
  copy?: string;
  failed?: boolean;
}

export function possible(bulk: Bulk, campaign: Campaign): boolean {
  return bulk === "duplicate" || can(bulk, campaign);
}

/** Ask, do it to each of those for which it is possible, and tell what became of each. */
export async function actOnAll(bulk: Bulk, selected: readonly Campaign[]): Promise<void> {
  const meant = selected.filter((campaign) => possible(bulk, campaign));
  const others = selected.filter((campaign) => !possible(bulk, campaign));
  const { label, effect } = WORDS[bulk];
  const title = `${label} ${meant.length === 1 ? (meant[0]?.name ?? "") : count(meant.length, "campaign")}?`;
  await act({
    confirm: {
      title,
      label,
      destructive: bulk === "cancel",
      body: <Question effect={effect} meant={meant} others={others} />,
    },
    run: (key) => Promise.all(meant.map((campaign) => doTo(bulk, campaign, key))),
    said: (done) => summary(label, done),
    then: (done) =>
      done.forEach(({ campaign, copy }) => void refreshCampaign(copy ?? campaign.campaignId)),
  });
}

/** What goes wrong with one says nothing of the others, so it is a result like any. */
async function doTo(bulk: Bulk, campaign: Campaign, key: string): Promise<Done> {
  const params = { path: { campaign_id: campaign.campaignId } };
  const headers = once(`${key}.${campaign.campaignId}`);
  try {
    if (bulk === "duplicate") {
      const made = await answered(
        api().POST("/api/campaigns/{campaign_id}/duplicate", { params, headers, body: {} }),
      );
      return { campaign, said: "copied", copy: made.campaignId };
    }
    const { newStatus } = await answered(
      api().POST("/api/campaigns/{campaign_id}/control", {
        params,
        headers,
        body: { action: bulk },
      }),
    );
    return { campaign, said: `is ${CAMPAIGN_STATUS[newStatus].toLowerCase()} now` };
  } catch (error) {
    return { campaign, said: wordsOf(error), failed: true };
  }
}

function summary(label: string, done: readonly Done[]): Flash {
  const failed = done.filter((each) => each.failed).length;
  return {
    type: failed === 0 ? "success" : failed === done.length ? "error" : "warning",
    header: failed
      ? `${label}: ${String(failed)} of ${String(done.length)} not done`
      : `${label}: done`,
    content: <Results done={done} />,
    stays: done.some(({ copy }) => copy),
  };
}

function Results({ done }: { done: readonly Done[] }) {
  return (
    <ul>
      {done.map(({ campaign, said, copy }) => (
        <li key={campaign.campaignId}>
          {campaign.name}: {said}
          {copy && (
            <>
              {": "}
              <PageLink to={`/campaigns/${copy}/edit`} color="inverted">
                the new draft
              </PageLink>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function Question({
  effect,
  meant,
  others,
}: {
  effect: string;
  meant: readonly Campaign[];
  others: readonly Campaign[];
}) {
  return (
    <SpaceBetween size="s">
      <Box>{effect}</Box>
      {meant.length > 1 && <Names of={meant} />}
      {others.length > 0 && (
        <Box color="text-body-secondary">
          Left as they are, because their state does not allow it, or nobody is in them:
          <Names of={others} />
        </Box>
      )}
    </SpaceBetween>
  );
}

function Names({ of }: { of: readonly Campaign[] }) {
  return (
    <ul>
      {of.map((campaign) => (
        <li key={campaign.campaignId}>
          {campaign.name} ({CAMPAIGN_STATUS[campaign.status].toLowerCase()}
          {campaign.totalRecipients === 0 && ", empty"})
        </li>
      ))}
    </ul>
  );
}
