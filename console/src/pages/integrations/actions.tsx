import Box from "@cloudscape-design/components/box";

import { refresh } from "../../api/administration";
import { answered, api, once, type Schemas } from "../../api/client";
import { keys } from "../../api/queries";
import { act } from "../../app/action";
import { number } from "../../words";

export type Endpoint = Schemas["EndpointAnswer"];
export type Told = (secret: string, url: string) => void;

const anew = () => refresh(keys.endpoints);
const at = ({ endpointId }: Endpoint) => ({ path: { endpoint_id: endpointId } });

/** The answer has the secret this once, so it is not kept to be given again. */
export const registration = (url: string, events: string[], tell: Told) => ({
  onlyOnce: true,
  run: () => answered(api().POST("/api/webhook-endpoints", { body: { url, events } })),
  said: ({ endpoint }: Schemas["EndpointRegistered"]) => ({
    type: "success" as const,
    header: `Events will be posted to ${endpoint.url}`,
    content: "From within a minute on.",
  }),
  then: async ({ endpoint, secret }: Schemas["EndpointRegistered"]) => {
    tell(secret, endpoint.url);
    await anew();
  },
});

const patched = (endpoint: Endpoint, body: Schemas["ChangeEndpoint"]) =>
  answered(api().PATCH("/api/webhook-endpoints/{endpoint_id}", { params: at(endpoint), body }));

export const choice = (endpoint: Endpoint, events: string[]) => ({
  run: () => patched(endpoint, { events, newSecret: false }),
  said: () => ({
    type: "success" as const,
    header: `Other events for ${endpoint.url}`,
    content: "From within a minute on.",
  }),
  then: anew,
});

export function enable(endpoint: Endpoint, enabled: boolean) {
  return act({
    confirm: {
      title: enabled ? `Post to ${endpoint.url} again?` : `Post no more to ${endpoint.url}?`,
      label: enabled ? "Enable" : "Disable",
      body: (
        <Box>
          {enabled
            ? "Events are posted from then on. What happened meanwhile is not."
            : "What waits for it is dropped. It can be enabled again."}
        </Box>
      ),
    },
    run: () => patched(endpoint, { enabled, newSecret: false }),
    said: ({ endpoint: changed }) => ({
      type: "success",
      header: `${changed.url} is ${changed.enabled ? "enabled" : "disabled"}`,
    }),
    then: anew,
  });
}

export function renew(endpoint: Endpoint, tell: Told) {
  return act({
    confirm: {
      title: "Make a new secret?",
      label: "Make a new secret",
      body: (
        <Box>
          Deliveries to {endpoint.url} are signed with it within five minutes. Until then take both,
          the old one and the new one.
        </Box>
      ),
    },
    onlyOnce: true,
    run: () => patched(endpoint, { newSecret: true }),
    said: () => ({ type: "success", header: `${endpoint.url} has a new secret` }),
    then: async ({ secret }) => {
      if (secret) tell(secret, endpoint.url);
      await anew();
    },
  });
}

/** Sends an event of the type `endpoint.test`, and tells what came back. */
export function test(endpoint: Endpoint) {
  return act({
    onlyOnce: true,
    run: async () =>
      (
        await answered(
          api().POST("/api/webhook-endpoints/{endpoint_id}/test", { params: at(endpoint) }),
        )
      ).test,
    said: ({ delivered, status, body, problem, milliseconds }) => ({
      type: delivered ? "success" : "error",
      header: delivered ? `${endpoint.url} took the test` : `${endpoint.url} did not take the test`,
      content: [
        problem,
        status !== null && `It answered ${String(status)} after ${number(milliseconds)} ms.`,
        body && `“${body.slice(0, 200)}”`,
      ]
        .filter(Boolean)
        .join(" "),
      stays: true,
    }),
    then: anew,
  });
}

export function remove(endpoint: Endpoint) {
  return act({
    confirm: {
      title: `Remove ${endpoint.url}?`,
      label: "Remove",
      destructive: true,
      body: <Box>Nothing more is posted there, and its secret is forgotten.</Box>,
    },
    run: (key) =>
      answered(
        api().DELETE("/api/webhook-endpoints/{endpoint_id}", {
          params: at(endpoint),
          headers: once(key),
        }),
      ),
    said: () => ({ type: "success", header: `${endpoint.url} is removed` }),
    then: anew,
  });
}
