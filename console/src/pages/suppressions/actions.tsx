import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { exportSuppressions, refresh } from "../../api/administration";
import { answered, api, once, type Schemas } from "../../api/client";
import { ApiError } from "../../api/errors";
import { keys } from "../../api/queries";
import { sendToApi } from "../../api/upload";
import { act } from "../../app/action";
import { save } from "../../parts/save";
import { count } from "../../words";
import { refused } from "./phones";

const people = (value: number) => count(value, "person", "people");
const anew = () => refresh(keys.suppressions);

export const addition = (phones: string[], reason: string) => ({
  run: (key: string) =>
    answered(
      api().POST("/api/suppressions", {
        body: { phones, ...(reason.trim() && { reason: reason.trim() }) },
        headers: once(key),
      }),
    ).catch((error: unknown) => {
      const named = error instanceof ApiError ? refused(phones, error.details) : [];
      throw named.length ? new Error(`Nobody was put on the list: ${named.join(" · ")}`) : error;
    }),
  said: ({ added, already }: Schemas["SuppressionsAdded"]) => ({
    type: "success" as const,
    header: `${people(added)} put on the list`,
    content: already > 0 && `${people(already)} were on it already.`,
  }),
  then: anew,
});

/** Only somebody's own word takes them off: so it is asked what they said. */
export function remove(phones: string[]) {
  return act({
    confirm: {
      title: `Write to ${phones.length === 1 ? `+${phones[0] ?? ""}` : people(phones.length)} again?`,
      label: "Take off the list",
      body: (
        <SpaceBetween size="s">
          <Box>
            Do this only if they have told you themselves that they want your messages again, and
            you can show it. Who is written to against their will reports it to WhatsApp; that
            lowers the number’s quality and limit, and in many countries it is against the law.
          </Box>
          <Box>From now on campaigns may write to them again.</Box>
        </SpaceBetween>
      ),
    },
    run: (key) =>
      answered(api().POST("/api/suppressions/remove", { body: { phones }, headers: once(key) })),
    said: ({ removed, unknown }) => ({
      type: "success",
      header: `${people(removed)} taken off the list`,
      content: unknown > 0 && `${people(unknown)} were not on it any more.`,
    }),
    then: anew,
  });
}

/** What became of a file. */
export type Imported = Schemas["SuppressionsImported"];

/** Where time was up, the same file again adds the rest. */
export const importing = (file: File, tell: (imported: Imported) => void) => ({
  run: async (key: string) => {
    let all = 0;
    for (let part = 0; ; part++) {
      const watching = { onProgress: () => undefined, signal: new AbortController().signal };
      const path = "/api/suppressions/import";
      const answer = (await sendToApi(path, file, `${key}.${part}`, watching)) as Imported;
      all += answer.inserted;
      if (!answer.more) return { ...answer, inserted: all };
    }
  },
  said: (imported: Imported) => ({
    type: "success" as const,
    header: `${people(imported.inserted)} put on the list from ${file.name}`,
  }),
  then: async (imported: Imported) => {
    tell(imported);
    await anew();
  },
});

/** The list as it is found now, as a file that can be imported. */
export function exportAll(phone: string) {
  return act({
    run: () => exportSuppressions(phone),
    said: () => ({ type: "success", header: "The list is in your downloads: suppressions.csv" }),
    then: (file) => save(file, "suppressions.csv"),
  });
}
