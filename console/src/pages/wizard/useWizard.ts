import { useEffect, useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";

import type { Campaign } from "../../api/client";
import { ApiError, wordsOf } from "../../api/errors";
import { useSenders, useTemplates } from "../../api/queries";
import { templateOf } from "../../message/template";
import { changeDraft, createDraft } from "./actions";
import {
  fieldOf,
  formOf,
  messageBody,
  paramsBody,
  problemsAfter,
  problemsOfFilling,
  problemsOfMessage,
  problemsOfSending,
  sendingBody,
  slotsIn,
  EMPTY,
  type Change,
  type Form,
  type Problems,
} from "./form";
import { forget, keep, kept } from "./kept";
import { guessed, type Chosen } from "./list/chosen";
import { useUpload } from "./list/useUpload";
import { STEPS, stepOf, type Step } from "./steps";

/** What the steps have in common: what was typed, what is wrong with it, and where it is kept. */
export function useWizard(campaign: Campaign | null) {
  const id = campaign?.campaignId ?? null;
  const base = campaign ? formOf(campaign) : EMPTY;
  const [typed, setForm] = useState(() => kept(id, base));
  const listed = useListed(typed);
  const form = listed.known ? { ...typed, template: templateOf(listed.known) } : typed;
  const [problems, setProblems] = useState<Problems>({});
  const [trouble, setTrouble] = useState("");
  const [saving, setSaving] = useState(false);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [creation] = useState(() => crypto.randomUUID());
  const uploading = useUpload(id);
  const { step, go } = useStep(id);
  const before = campaign?.templateParams ?? null;
  const slots = slotsIn(form, before);
  const importing = uploading.running !== undefined;
  const frozen = (campaign?.totalRecipients ?? 0) > 0 || importing;

  const made = useRef(false); // then what was typed belongs to the draft
  useEffect(() => {
    if (!made.current) keep(id, base, typed);
  });

  const change: Change = (fields) => {
    setForm((old) => ({ ...old, ...fields }));
    setProblems((old) => problemsAfter(old, form, fields));
  };

  const choose = (next: Chosen | null) => {
    setChosen(next);
    setProblems({});
    if (next && !frozen) change({ filling: guessed(slots, form.filling, next.sheet) });
  };

  /** Run it, and show what the server does not take at its field; whether it took it. */
  const saved = async (wrong: Problems, save: () => Promise<unknown>): Promise<boolean> => {
    setTrouble("");
    setProblems(wrong);
    if (Object.keys(wrong).length) return false;
    setSaving(true);
    try {
      await save();
      return true;
    } catch (error) {
      const fields = problemsIn(error, (name) => fieldOf(name, slots));
      setProblems(fields);
      setTrouble(Object.keys(fields).length ? "Something above is not right yet." : wordsOf(error));
      return false;
    } finally {
      setSaving(false);
    }
  };

  const saveStep = async (): Promise<boolean> => {
    if (step === "message") return await saved(problemsOfMessage(form), saveMessage);
    if (!id) return false;
    if (step === "sending") {
      return await saved(problemsOfSending(form), () => changeDraft(id, sendingBody(form)));
    }
    if (step === "list") return await saved(problemsOfList(), saveFilling);
    return true;
  };

  const saveMessage = async () => {
    if (id) {
      const { name, senderId, ...texts } = messageBody(form);
      await changeDraft(id, frozen ? { name, senderId } : { name, senderId, ...texts });
      return;
    }
    const draftId = await createDraft(form, creation);
    made.current = true;
    forget(null);
    keep(draftId, EMPTY, form);
    go("sending", draftId);
  };

  const saveFilling = async () => {
    if (id && !frozen) await changeDraft(id, paramsBody(form, before));
  };

  const problemsOfList = (): Problems => {
    if (uploading.part !== null) return { list: "The file is on its way. Wait, or stop it." };
    if (chosen) return { list: "This list is not uploaded yet. Upload it, or put it away." };
    return frozen ? {} : { list: "Choose a list, and upload it." };
  };

  const upload = async () => {
    if (!id || !chosen) return;
    const taken = chosen;
    const ready = await saved(frozen ? {} : problemsOfFilling(form, slots), saveFilling);
    if (!ready) return;
    const done = await uploading.begin(id, taken).then(
      () => true,
      () => false,
    );
    if (done) setChosen(null);
  };

  const move = async (to: number) => {
    const target = STEPS[to] ?? "message";
    if (to < STEPS.indexOf(step)) {
      setProblems({});
      setTrouble("");
      go(target, id);
    } else if (await saveStep()) {
      if (id) go(target, id);
    }
  };

  return {
    ...{ id, form, change, problems, trouble, saving, slots, frozen, importing },
    ...{ listed, chosen, choose, uploading, upload, step, move, saveStep, base },
  };
}

export type Wizardry = ReturnType<typeof useWizard>;

/** The templates of the sender that was chosen, and which of them this campaign sends. */
function useListed({ senderId, templateName, templateLanguage }: Form) {
  const senders = useSenders();
  const standard = senders.data?.find((sender) => sender.default)?.senderId;
  const sender = senderId || standard;
  const { data: templates, error, isLoading } = useTemplates(sender);
  const known = templates?.find(
    ({ name, language }) => name === templateName.trim() && language === templateLanguage.trim(),
  );
  return { sender, templates, error, isLoading, known };
}

export type Listed = ReturnType<typeof useListed>;

/** The step is in the address, so that a load of the page stays there. */
function useStep(id: string | null) {
  const [query] = useSearchParams();
  const navigate = useNavigate();
  const step: Step = id ? stepOf(query.get("step")) : "message";
  const go = (to: Step, campaignId: string | null) => {
    if (campaignId) void navigate(`/campaigns/${campaignId}/edit?step=${to}`, { replace: !id });
  };
  return { step, go };
}

function problemsIn(error: unknown, field: (name: string) => string): Problems {
  if (!(error instanceof ApiError)) return {};
  if (error.code === "TOO_FAST") return { "throttle.pace": error.message };
  if (error.code === "SENDER_NOT_FOUND" || error.code === "NO_SENDER") {
    return { senderId: error.message };
  }
  const told = error.details.flatMap((each) =>
    typeof each.field === "string" && typeof each.message === "string"
      ? [[field(each.field), `This ${each.message}.`] as const]
      : [],
  );
  return Object.fromEntries(told);
}
