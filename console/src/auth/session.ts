import { GRANTS, NEEDED } from "../api/permissions";
import type { Config } from "../config";
import { cognito } from "./cognito";
import { local } from "./local";

export type Role = keyof typeof GRANTS;
export type Operation = keyof typeof NEEDED;

/** Who is signed in: from the token, which the server verifies with every call. */
export interface Person {
  /** As histories and campaigns name who did something. */
  subject: string;
  name: string;
  tenant: string;
  role: Role;
}

/** What a way of signing in can do. Tokens stay inside; nothing else of the console sees one. */
export interface Provider {
  kind: Config["auth"]["kind"];
  /** Who is signed in already, or comes back from signing in; null: nobody. */
  restore(): Promise<Person | null>;
  /** A token that is good now. Throws when there is none any more. */
  token(): Promise<string>;
  signOut(): Promise<void>;
}

type Listener = () => void;

/** The one session of this page. */
class Session {
  person: Person | null = null;
  expired = false;
  #provider: Provider | null = null;
  #listeners = new Set<Listener>();

  async start(config: Config): Promise<void> {
    this.#provider = config.auth.kind === "local" ? local : cognito(config.auth);
    this.person = await this.#provider.restore();
  }

  get provider(): Provider {
    if (!this.#provider) throw new Error("Nobody can sign in before the configuration is known.");
    return this.#provider;
  }

  /** A provider says that somebody has signed in. */
  begun(person: Person): void {
    this.person = person;
    this.expired = false;
    this.#tell();
  }

  /** The server does not take the token any more. */
  ended(): void {
    if (!this.person) return;
    this.person = null;
    this.expired = true;
    this.#tell();
  }

  async token(): Promise<string> {
    try {
      return await this.provider.token();
    } catch (error) {
      this.ended();
      throw error;
    }
  }

  async signOut(): Promise<void> {
    await this.provider.signOut();
    this.person = null;
    this.#tell();
  }

  may(operation: Operation): boolean {
    const granted: readonly string[] = this.person ? GRANTS[this.person.role] : [];
    return granted.includes(NEEDED[operation]);
  }

  readonly subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

export const session = new Session();
