import { useSyncExternalStore } from "react";

import { session, type Operation, type Person } from "./session";

/** Who is signed in. */
export function usePerson(): Person | null {
  return useSyncExternalStore(session.subscribe, () => session.person);
}

/** Whether whoever is signed in may do an operation of the API; what they may not is not shown. */
export function useMay(): (operation: Operation) => boolean {
  usePerson();
  return (operation) => session.may(operation);
}
