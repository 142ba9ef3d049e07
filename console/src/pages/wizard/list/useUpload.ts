import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import { refreshCampaign } from "../../../api/cache";
import { ApiError } from "../../../api/errors";
import { DIRECT, importList, isRunning, populate, useImport, useImports } from "../../../api/lists";
import { keys } from "../../../api/queries";
import type { Chosen } from "./chosen";
import { outcomeOfImport, outcomeOfPopulate, type Outcome } from "./outcome";

export interface Uploading {
  /** 0 to 1 while the file is on its way; null: it is not. */
  part: number | null;
  /** The import that is at work, or was the last. */
  running: ReturnType<typeof useImport>["data"];
  outcome: Outcome | null;
  error: unknown;
  /** With the error: a part of the list may be in all the same. */
  cutOff: boolean;
  begin: (id: string, chosen: Chosen) => Promise<void>;
  stop: () => void;
  forgetError: () => void;
}

/** One upload at a time, of a short list or a long one; it goes on while other steps are shown. */
export function useUpload(id: string | null): Uploading {
  const client = useQueryClient();
  const [part, setPart] = useState<number | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [direct, setDirect] = useState(false);
  const [importId, setImportId] = useState<string | null>(null);
  const stopper = useRef<AbortController>(undefined);
  const running = useLatestImport(id, importId);
  const [seen, setSeen] = useState<string | null>(null);
  const ended = running && !isRunning(running.import) ? running.import.importId : null;

  useEffect(() => {
    if (!id || !ended) return;
    void refreshCampaign(id);
  }, [id, ended]);

  useEffect(() => {
    if (part === null) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [part]);

  if (ended && ended !== seen && running) {
    setSeen(ended);
    setOutcome(outcomeOfImport(running));
  }

  const begin = async (campaignId: string, { file, key }: Chosen) => {
    stopper.current = new AbortController();
    const watching = { onProgress: setPart, signal: stopper.current.signal };
    const short = file.size <= DIRECT;
    setPart(0);
    setDirect(short);
    setError(null);
    setOutcome(null);
    try {
      if (short) {
        setOutcome(outcomeOfPopulate(await populate(campaignId, file, key, watching)));
      } else {
        setImportId(await importList(campaignId, file, key, watching));
        await client.invalidateQueries({ queryKey: keys.of(campaignId, "imports") });
      }
      await refreshCampaign(campaignId);
    } catch (problem) {
      if (!(problem instanceof DOMException && problem.name === "AbortError")) setError(problem);
      void refreshCampaign(campaignId); // some people may be in
      throw problem;
    } finally {
      setPart(null);
    }
  };

  return {
    part,
    running: running && isRunning(running.import) ? running : undefined,
    outcome,
    error,
    cutOff: direct && isCutOff(error),
    begin,
    stop: () => stopper.current?.abort(),
    forgetError: () => setError(null),
  };
}

/** Whether a request may have done something before it failed: people are stored chunk by chunk. */
const isCutOff = (error: unknown) =>
  error instanceof ApiError && (error.passing || error.status >= 500);

/** The import that was begun here, else the campaign's last one that was begun at all. */
function useLatestImport(id: string | null, begun: string | null) {
  const { data: imports } = useImports(id ?? "", 5, id !== null && begun === null);
  const last = imports?.find(({ status }) => status !== "WAITING_FOR_FILE");
  return useImport(id ?? "", begun ?? last?.importId ?? null).data;
}
