import SplitPanel from "@cloudscape-design/components/split-panel";
import { useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from "react";
import { createPortal } from "react-dom";

interface Shown {
  header: string;
  close: () => void;
}

let shown: Shown | null = null;
let place: HTMLElement | null = null;
const listeners = new Set<() => void>();

/** The panel beside or under a page, while a page shows something in one; the shell has it. */
export function usePanel(): Shown | null {
  return useSyncExternalStore(subscribe, () => shown);
}

/** Where the shell puts the panel. */
export function PanelPlace({ header }: { header: string }) {
  return (
    <SplitPanel header={header} closeBehavior="hide">
      <div
        ref={(element) => {
          place = element;
          tell();
        }}
      />
    </SplitPanel>
  );
}

/** Details of something on the page, in the panel of the shell. */
export function Panel({
  header,
  onClose,
  children,
}: {
  header: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const close = useRef(onClose);
  const [inside, setInside] = useState<HTMLElement | null>(null);
  useEffect(() => {
    close.current = onClose;
  }, [onClose]);
  useEffect(() => subscribe(() => setInside(place)), []);
  useEffect(() => {
    shown = { header, close: () => close.current() };
    tell();
  }, [header]);
  useEffect(
    () => () => {
      shown = place = null;
      tell();
    },
    [],
  );
  return inside && createPortal(children, inside);
}

function tell(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
