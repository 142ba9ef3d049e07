import { personOf } from "./claims";
import type { Person, Provider, Role } from "./session";

const CHOICE = "campaigns.local";
const EARLY = 60_000; // ms before a token ends in which a new one is asked for

interface Choice {
  tenant: string;
  role: Role;
}

interface Issued {
  token: string;
  expiresAt: string;
}

let choice: Choice | null = null;
let issued: Issued | null = null;

/** The laptop's way: a token for the role that was chosen, and another one before it ends. */
export const local: Provider = {
  kind: "local",
  async restore() {
    const kept = localStorage.getItem(CHOICE);
    return kept ? await begin(JSON.parse(kept) as Choice).catch(() => null) : null;
  },
  async token() {
    if (!choice) throw new Error("Nobody is signed in.");
    if (!issued || Date.parse(issued.expiresAt) - EARLY < Date.now()) issued = await ask(choice);
    return issued.token;
  },
  signOut() {
    choice = issued = null;
    localStorage.removeItem(CHOICE);
    return Promise.resolve();
  },
};

/** Sign in as this role. Throws an Error in the server's words. */
export async function begin(wanted: Choice): Promise<Person> {
  issued = await ask(wanted);
  choice = wanted;
  localStorage.setItem(CHOICE, JSON.stringify(wanted));
  const person = personOf(issued.token);
  if (!person) throw new Error("The token names no role.");
  return person;
}

async function ask({ tenant, role }: Choice): Promise<Issued> {
  const query = new URLSearchParams({ tenant, role });
  const answer = await fetch(`/local/token?${query.toString()}`);
  const body = (await answer.json()) as Issued & { error?: { message: string } };
  if (!answer.ok) throw new Error(body.error?.message ?? "The server gave no token.");
  return body;
}
