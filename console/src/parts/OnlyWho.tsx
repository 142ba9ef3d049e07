import Alert from "@cloudscape-design/components/alert";
import type { ReactNode } from "react";

import { GRANTS, NEEDED } from "../api/permissions";
import type { Operation, Role } from "../auth/session";
import { useMay } from "../auth/usePerson";
import { ROLE } from "../words";

/** A part of the console for whoever may do an operation; the others are told whom to ask. */
export function OnlyWho({ may: operation, children }: { may: Operation; children: ReactNode }) {
  const may = useMay();
  if (may(operation)) return children;
  const roles = (Object.keys(GRANTS) as Role[]).filter(
    (role) => role !== "service" && (GRANTS[role] as readonly string[]).includes(NEEDED[operation]),
  );
  return (
    <Alert type="info" header="Your role does not show this">
      Ask somebody with the role {roles.map((role) => ROLE[role]).join(" or ")}.
    </Alert>
  );
}
