import Box from "@cloudscape-design/components/box";

import { refresh } from "../../api/administration";
import { answered, api, once, type Schemas, type Sender } from "../../api/client";
import { keys } from "../../api/queries";
import { act } from "../../app/action";
import { senderName } from "../../parts/senders";
import { number } from "../../words";
import { limitOf, qualityOf } from "./facts";

export type Registration = Schemas["RegisterSender"];
export type Change = Schemas["ChangeSender"];

const anew = async () => {
  await refresh(keys.senders);
  await refresh(keys.quotas);
};

const at = ({ senderId }: Sender) => ({ path: { sender_id: senderId } });

/** What the server says of a sender, in a sentence or two. */
function told(sender: Sender): string {
  const quality = qualityOf(sender);
  const limit = limitOf(sender);
  return [
    `${sender.displayNumber ?? senderName(sender)}.`,
    quality && `Quality: ${quality.text.toLowerCase()}.`,
    limit && `Meta’s limit: ${limit.toLowerCase()}.`,
    `In force: ${number(sender.limitInForce)} conversations in 24 h.`,
  ]
    .filter(Boolean)
    .join(" ");
}

export const registration = (body: Registration) => ({
  run: async (key: string) =>
    (await answered(api().POST("/api/senders", { body, headers: once(key) }))).sender,
  said: (sender: Sender) => ({
    type: "success" as const,
    header: `${senderName(sender)} is registered`,
    content: told(sender),
  }),
  then: anew,
});

export const change = (sender: Sender, body: Change) => ({
  run: async (key: string) =>
    (
      await answered(
        api().PATCH("/api/senders/{sender_id}", {
          params: at(sender),
          body,
          headers: once(key),
        }),
      )
    ).sender,
  said: (changed: Sender) => ({
    type: "success" as const,
    header: `${senderName(changed)} is changed`,
    content: told(changed),
  }),
  then: anew,
});

/** Asks Meta again; nothing is changed but what we know of the number. */
export function check(sender: Sender) {
  return act({
    run: async (key) =>
      (
        await answered(
          api().POST("/api/senders/{sender_id}/check", {
            params: at(sender),
            headers: once(key),
          }),
        )
      ).sender,
    said: (checked) => ({
      type: "success",
      header: `What Meta says of ${senderName(checked)}`,
      content: told(checked),
      stays: true,
    }),
    then: anew,
  });
}

export function release(sender: Sender) {
  return act({
    confirm: {
      title: `Let ${senderName(sender)} send again?`,
      label: "Let it send again",
      body: (
        <Box>
          It was stopped: {sender.stopReason ?? "nobody knows why."} If that is not mended, the next
          call stops it again. Campaigns that it paused go on only when somebody resumes them,
          unless they go on by themselves.
        </Box>
      ),
    },
    run: async (key) =>
      (
        await answered(
          api().POST("/api/senders/{sender_id}/release", {
            params: at(sender),
            headers: once(key),
          }),
        )
      ).sender,
    said: (freed) => ({
      type: "success",
      header: freed.stopped
        ? `${senderName(freed)} is stopped still`
        : `${senderName(freed)} may send again`,
    }),
    then: anew,
  });
}

export function makeDefault(sender: Sender) {
  const name = senderName(sender);
  return act({
    confirm: {
      title: `Make ${name} the default sender?`,
      label: "Make it the default",
      body: <Box>New campaigns that name no sender will send from {name}.</Box>,
    },
    ...change(sender, { default: true }),
  });
}

export function remove(sender: Sender) {
  const name = senderName(sender);
  return act({
    confirm: {
      title: `Remove ${name}?`,
      label: "Remove the sender",
      destructive: true,
      body: (
        <Box>
          The number and its access token are forgotten here; at Meta nothing changes. It is refused
          while a campaign that has not ended sends from it.
        </Box>
      ),
    },
    run: (key) =>
      answered(
        api().DELETE("/api/senders/{sender_id}", { params: at(sender), headers: once(key) }),
      ),
    said: () => ({ type: "success", header: `${name} is removed` }),
    then: () => refresh(keys.senders), // its cap is not there to be asked for
  });
}
