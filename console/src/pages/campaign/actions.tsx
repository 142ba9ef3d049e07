import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { refreshCampaign } from "../../api/cache";
import { answered, api, once, type Campaign, type Schemas } from "../../api/client";
import { act } from "../../app/action";
import { CAMPAIGN_STATUS, count, lasting } from "../../words";
import type { Action } from "../campaigns/rows";

interface Words {
  label: string;
  effect: string;
  placeholder: string;
}

const WORDS: Record<Action, Words> = {
  start: {
    label: "Start campaign",
    effect: "Messages go out from now on, under the daily cap and at the campaign’s pace.",
    placeholder: "",
  },
  pause: {
    label: "Pause campaign",
    effect: "Nobody new is written to. What is on its way just now is finished: a few messages.",
    placeholder: "wait for the new prices",
  },
  resume: {
    label: "Resume campaign",
    effect: "Messages go out again, from where it stopped.",
    placeholder: "the template is approved again",
  },
  cancel: {
    label: "Cancel campaign",
    effect: "Whoever was not written to yet never will be.",
    placeholder: "sent by mistake",
  },
};

/** Start, pause, resume or cancel it, with a reason for its history. */
export async function control(
  action: Action,
  campaign: Campaign,
  minutes: number | null = null,
): Promise<void> {
  const { label, effect, placeholder } = WORDS[action];
  const { campaignId, name } = campaign;
  let reason = "";
  await act({
    confirm: {
      title: `${label.split(" ")[0] ?? label} ${name}?`,
      label,
      destructive: action === "cancel",
      body: (
        <SpaceBetween size="m">
          <Box>{effect}</Box>
          {action === "start" && <Box>{whatStartMeans(campaign, minutes)}</Box>}
          {action !== "start" && (
            <Reason placeholder={placeholder} onChange={(text) => (reason = text.trim())} />
          )}
        </SpaceBetween>
      ),
    },
    run: (key) =>
      answered(
        api().POST("/api/campaigns/{campaign_id}/control", {
          params: { path: { campaign_id: campaignId } },
          headers: once(key),
          body: { action, ...(reason ? { reason } : {}) },
        }),
      ),
    said: ({ newStatus }) => ({
      type: "success",
      content: `${name} is ${CAMPAIGN_STATUS[newStatus].toLowerCase()} now.`,
    }),
    then: () => refreshCampaign(campaignId),
  });
}

function whatStartMeans({ totalRecipients }: Campaign, minutes: number | null): string {
  const people = `${count(totalRecipients, "person", "people")} will be written to`;
  return minutes === null ? `${people}.` : `${people}, which takes ${lasting(minutes)}.`;
}

function Reason({
  placeholder,
  onChange,
}: {
  placeholder: string;
  onChange: (text: string) => void;
}) {
  const [text, setText] = useState("");
  return (
    <FormField
      label="Reason"
      description="For the campaign’s activity. Name no phone numbers: it is kept for good."
    >
      <Input
        value={text}
        placeholder={placeholder}
        onChange={({ detail }) => {
          setText(detail.value);
          onChange(detail.value);
        }}
      />
    </FormField>
  );
}

/** Make a new draft with the same settings; resolves to its id. */
export async function duplicate({ campaignId, name }: Campaign): Promise<string | undefined> {
  const made = await act({
    confirm: {
      title: `Duplicate ${name}?`,
      label: "Duplicate campaign",
      body: "A new draft with the same settings is made. Recipients are not copied.",
    },
    run: (key) =>
      answered(
        api().POST("/api/campaigns/{campaign_id}/duplicate", {
          params: { path: { campaign_id: campaignId } },
          headers: once(key),
          body: {},
        }),
      ),
    said: () => ({ type: "success", content: `A copy of ${name} was made.` }),
    then: ({ campaignId: copy }) => void refreshCampaign(copy),
  });
  return made?.campaignId;
}

/** Delete it; resolves to whether it is gone. */
export async function remove({ campaignId, name }: Campaign): Promise<boolean> {
  const done = await act({
    confirm: {
      title: `Delete ${name}?`,
      label: "Delete campaign",
      destructive: true,
      body: "The campaign, its recipients and its history are deleted. Who asked for no more messages stays on the list of suppressions.",
    },
    run: () =>
      answered(
        api().DELETE("/api/campaigns/{campaign_id}", {
          params: { path: { campaign_id: campaignId } },
        }),
      ),
    said: ({ erasure }) => ({
      type: "success",
      content:
        erasure.status === "DONE"
          ? `${name} is deleted.`
          : `${name} is no longer shown; its data are being deleted.`,
    }),
  });
  return done !== undefined;
}

/** Send one batch now; resolves to what became of it. */
export async function executeBatch(
  campaign: Campaign,
): Promise<Schemas["BatchAnswer"] | undefined> {
  const { campaignId, name, throttle } = campaign;
  const done = await act({
    confirm: {
      title: `Send a batch of ${name} now?`,
      label: "Execute batch",
      body: `The next ${count(throttle.batchSize, "person who is due is", "people who are due are")} written to at once, under the daily cap.`,
    },
    run: (key) =>
      answered(
        api().POST("/api/campaigns/{campaign_id}/execute-batch", {
          params: { path: { campaign_id: campaignId } },
          headers: once(key),
        }),
      ),
    said: ({ result }) => ({
      type: result.paused || !result.processed ? "info" : "success",
      content: `Batch: ${batchWords(result).join(", ")}.`,
    }),
    then: () => refreshCampaign(campaignId),
  });
  return done?.result;
}

/** What became of a batch; only what there is of it. */
export function batchWords(batch: Schemas["BatchAnswer"]): string[] {
  const some = (n: number, words: string) => (n ? [`${String(n)} ${words}`] : []);
  const words = [
    ...some(batch.sent, "taken by Meta"),
    ...some(batch.held, "held by Meta"),
    ...some(batch.failed, "failed"),
    ...some(batch.retried, "tried again later"),
    ...some(batch.unconfirmed, "in doubt"),
    ...some(batch.skipped, "left out"),
  ];
  if (!batch.processed && !batch.skipped) words.push("nobody was due");
  if (batch.completed) words.push("the campaign is completed");
  if (batch.paused) words.push(`paused: ${batch.pauseReason ?? "no reason was given"}`);
  return words;
}
