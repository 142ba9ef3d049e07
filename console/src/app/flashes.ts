import type { FlashbarProps } from "@cloudscape-design/components/flashbar";
import type { ReactNode } from "react";
import { useSyncExternalStore } from "react";

export interface Flash {
  type: "success" | "error" | "warning" | "info";
  header?: string;
  content?: ReactNode;
  /** Until it is dismissed, because there is something to follow in it. */
  stays?: boolean;
}

/** What was done, or was not, over the page until somebody dismisses it. */
let shown: readonly FlashbarProps.MessageDefinition[] = [];
let made = 0;
const listeners = new Set<() => void>();

const GONE_AFTER = 8_000; // ms, for what went well; what went wrong stays
const MOST = 6;

export function flash({ type, header, content, stays = type !== "success" }: Flash): void {
  const id = `flash-${String(++made)}`;
  const item: FlashbarProps.MessageDefinition = {
    id,
    type,
    header,
    content,
    dismissible: true,
    dismissLabel: "Dismiss",
    ariaRole: type === "error" ? "alert" : "status",
    onDismiss: () => dismiss(id),
  };
  set([item, ...shown].slice(0, MOST));
  if (!stays) window.setTimeout(() => dismiss(id), GONE_AFTER);
}

export function useFlashes(): readonly FlashbarProps.MessageDefinition[] {
  return useSyncExternalStore(subscribe, () => shown);
}

/** What one person did is not for the next one on this machine. */
export function forgetFlashes(): void {
  set([]);
}

function dismiss(id: string): void {
  set(shown.filter((item) => item.id !== id));
}

function set(items: readonly FlashbarProps.MessageDefinition[]): void {
  shown = items;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
