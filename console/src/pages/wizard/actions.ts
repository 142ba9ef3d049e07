import { refreshCampaign } from "../../api/cache";
import { answered, api, once, type Campaign, type Schemas } from "../../api/client";
import { keys, queryClient } from "../../api/queries";
import { act } from "../../app/action";
import { count } from "../../words";
import { messageBody, type Form } from "./form";

type Body = Partial<Schemas["ChangeCampaign"]>;

/** Make a draft; its id. Throws ApiError. */
export async function createDraft(form: Form, key: string): Promise<string> {
  const body = { ...messageBody(form), channel: "WHATSAPP", audienceType: "CSV" };
  const { campaignId } = await answered(
    api().POST("/api/campaigns/create", {
      body: body as Schemas["CreateCampaign"], // what has a default may be left out
      headers: once(key),
    }),
  );
  void queryClient.invalidateQueries({ queryKey: keys.campaigns });
  return campaignId;
}

/** Change a draft; as it is then. Throws ApiError. */
export async function changeDraft(id: string, body: Body): Promise<Campaign> {
  const { campaign } = await answered(
    api().PATCH("/api/campaigns/{campaign_id}", {
      params: { path: { campaign_id: id } },
      body,
    }),
  );
  queryClient.setQueryData(keys.detail(id), campaign);
  await refreshCampaign(id);
  return campaign;
}

/** Ask, and send one message of the campaign to this phone; what became of it. */
export function sendTest(
  { campaignId, name }: Campaign,
  phone: string,
  parameters: Record<string, string> | null,
): Promise<Schemas["SentTest"] | undefined> {
  return act({
    confirm: {
      title: "Send a test message?",
      body: `One message of “${name}” goes to ${phone}, at once. Nobody of the list gets it.`,
      label: "Send it",
    },
    run: (key) =>
      answered(
        api().POST("/api/campaigns/{campaign_id}/test-send", {
          params: { path: { campaign_id: campaignId } },
          body: { phone, parameters },
          headers: once(key),
        }),
      ),
    said: ({ outcome, message }) =>
      outcome === "SENT"
        ? { type: "success", header: "WhatsApp took the test message" }
        : {
            type: outcome === "REFUSED" ? "error" : "warning",
            header: `Test message: ${outcome.toLowerCase()}`,
            content: message,
          },
    then: () => refreshCampaign(campaignId),
  });
}

/** Ask, and start; whether it was. */
export async function start(campaign: Campaign): Promise<boolean> {
  const { campaignId: id, name, totalRecipients } = campaign;
  const people = count(totalRecipients, "person", "people");
  const answer = await act({
    confirm: {
      title: `Start “${name}”?`,
      body: `${people} will get a WhatsApp message. What has been sent can’t be taken back; you can pause at any time.`,
      label: `Send to ${people}`,
    },
    run: (key) =>
      answered(
        api().POST("/api/campaigns/{campaign_id}/control", {
          params: { path: { campaign_id: id } },
          body: { action: "start" },
          headers: once(key),
        }),
      ),
    said: () => ({ type: "success", header: `“${name}” is started` }),
    then: () => refreshCampaign(id),
  });
  return answer !== undefined;
}
