import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { useSyncExternalStore } from "react";
import { useState } from "react";

import { ApiError, wordsOf } from "../api/errors";
import { flash, type Flash } from "./flashes";

/** Something that a person does: asked about first, done once, and answered for. */
export interface Action<Answer> {
  /** The question: what will happen to whom. Left out only where nothing can go wrong by it. */
  confirm?: {
    title: string;
    body: ReactNode;
    /** On the button: what it does (`Cancel campaign`), never `OK`. */
    label: string;
    /** It can't be undone: said in the dialog. */
    destructive?: boolean;
  };
  /** Calls the server; the key goes into `once(key)`, and is the same when it is tried again. */
  run: (key: string) => Promise<Answer>;
  /** What to say: only what the server answered. */
  said: (answer: Answer) => Flash;
  /** What to ask for anew, or where to go. */
  then?: (answer: Answer) => unknown;
  /** The server does not know the request again by its key: sent twice, it would be done twice. */
  onlyOnce?: boolean;
}

interface Open {
  confirm: NonNullable<Action<unknown>["confirm"]>;
  go: () => Promise<void>;
  leave: () => void;
}

const TRIES = 3;
const PAUSE = 800; // ms before the second try; then twice as long

let open: Open | null = null;
const listeners = new Set<() => void>();

/** Confirm, do, and tell. Resolves to the answer, or undefined: not wanted, or failed and told. */
export async function act<Answer>(action: Action<Answer>): Promise<Answer | undefined> {
  const { confirm } = action;
  if (!confirm) return await done(action);
  return await new Promise((resolve) => {
    set({
      confirm,
      go: async () => {
        const answer = await done(action);
        set(null);
        resolve(answer);
      },
      leave: () => {
        set(null);
        resolve(undefined);
      },
    });
  });
}

/** Do, and tell what the server answered. Throws if it did not: for a form, which shows why itself. */
export async function perform<Answer>(action: Omit<Action<Answer>, "confirm">): Promise<Answer> {
  const { run, said, then, onlyOnce } = action;
  const answer = await insisting(run, crypto.randomUUID(), onlyOnce ? 1 : TRIES);
  flash(said(answer));
  await then?.(answer);
  return answer;
}

async function done<Answer>(action: Action<Answer>): Promise<Answer | undefined> {
  try {
    return await perform(action);
  } catch (error) {
    flash({ type: "error", header: "That was not done", content: wordsOf(error) });
    return undefined;
  }
}

/** The same request with the same key may be sent again: it is done once. */
async function insisting<Answer>(
  run: (key: string) => Promise<Answer>,
  key: string,
  tries: number,
) {
  for (let tried = 1; ; tried++) {
    try {
      return await run(key);
    } catch (error) {
      if (!(error instanceof ApiError) || !error.passing || tried === tries) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE * 2 ** (tried - 1)));
    }
  }
}

/** The one dialog of the page; the shell has it. */
export function ConfirmDialog() {
  const asked = useSyncExternalStore(subscribe, () => open);
  const [busy, setBusy] = useState(false);
  if (!asked) return null;
  const { confirm, go, leave } = asked;
  const confirmed = async () => {
    setBusy(true);
    await go();
    setBusy(false);
  };
  return (
    <Modal
      visible
      header={confirm.title}
      closeAriaLabel="Close"
      onDismiss={() => {
        if (!busy) leave();
      }}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" disabled={busy} onClick={leave}>
              Back
            </Button>
            <Button variant="primary" loading={busy} onClick={() => void confirmed()}>
              {confirm.label}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {confirm.body}
        {confirm.destructive && <Alert type="warning">This can’t be undone.</Alert>}
      </SpaceBetween>
    </Modal>
  );
}

function set(next: Open | null): void {
  open = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
