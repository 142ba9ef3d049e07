import type { Person, Role } from "./session";

const STRONGEST_FIRST: readonly Role[] = ["org_admin", "agent", "viewer"];

/** What a token says of its owner. For showing only: the server decides, and looks for itself. */
export function personOf(token: string): Person | null {
  const payload = token.split(".")[1] ?? "";
  const text = atob(payload.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const claims = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  const groups = (claims["cognito:groups"] ?? []) as string[];
  for (const role of STRONGEST_FIRST) {
    const group = groups.find((each) => each.endsWith(`:${role}`));
    if (group) {
      const subject = typeof claims.sub === "string" ? claims.sub : "";
      const name = typeof claims.username === "string" ? claims.username : subject;
      return { subject, name, tenant: group.slice(0, -role.length - 1), role };
    }
  }
  return null;
}
