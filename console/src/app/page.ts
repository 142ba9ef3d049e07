import type { BreadcrumbGroupProps } from "@cloudscape-design/components/breadcrumb-group";
import { useEffect, useSyncExternalStore } from "react";

type Crumb = BreadcrumbGroupProps.Item;

let crumbs: readonly Crumb[] = [];
const listeners = new Set<() => void>();

/** Says what this page is called, and what is above it; every page calls it once. */
export function usePage(title: string, ...above: Crumb[]): void {
  const path = JSON.stringify(above);
  useEffect(() => {
    document.title = `${title} · Campaigns`;
    crumbs = [...(JSON.parse(path) as Crumb[]), { text: title, href: location.pathname }];
    for (const listener of listeners) listener();
  }, [title, path]);
}

export function useCrumbs(): readonly Crumb[] {
  return useSyncExternalStore(subscribe, () => crumbs);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
