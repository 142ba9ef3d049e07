import { session } from "../auth/session";
import { answered, api } from "./client";
import { Heard, type LiveEvent, type Snapshot } from "./heard";

/** `live`: events come by themselves. `polling`: they don't, so queries ask every few seconds. */
export type LiveStatus = "connecting" | "live" | "polling";

export type LiveListener = (heard: LiveEvent | Snapshot) => void;

const FIRST_WAIT = 1_000; // ms before a lost connection is tried again; then twice as long
const LONGEST_WAIT = 30_000;
const PING_EVERY = 4 * 60_000; // API Gateway ends a connection that is silent for ten minutes
const PATIENCE = 20_000; // ms in which a connection must say something

/** The one live connection of this page; see docs/live.md for what is said on it. */
class Live {
  status: LiveStatus = "connecting";
  #socket: WebSocket | null = null;
  #heard = new Heard();
  #followed = new Map<string, number>();
  #listeners = new Set<LiveListener>();
  #watchers = new Set<() => void>();
  #wait = FIRST_WAIT;
  #retry: number | undefined;
  #ping: number | undefined;
  #silence: number | undefined;
  #round = 0;

  /** Begin to listen, anew if it did before. */
  start(): void {
    this.#close();
    this.#wait = FIRST_WAIT;
    void this.#open();
  }

  stop(): void {
    this.#close();
    this.#heard = new Heard();
    this.#say("connecting");
  }

  /** Try now what would be tried in a while. */
  nudge(): void {
    if (this.status !== "live" && session.person) this.start();
  }

  /** Hear of each recipient of a campaign, until the returned function is called. */
  follow(campaignId: string): () => void {
    this.#followed.set(campaignId, (this.#followed.get(campaignId) ?? 0) + 1);
    this.#subscribe(campaignId);
    return () => {
      const left = (this.#followed.get(campaignId) ?? 1) - 1;
      if (left) {
        this.#followed.set(campaignId, left);
      } else {
        this.#followed.delete(campaignId);
        this.#send({ action: "subscribe", campaignId, messages: false });
      }
    };
  }

  listen(listener: LiveListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  async #open(): Promise<void> {
    const round = ++this.#round;
    try {
      const { ticket, url } = await answered(api().POST("/api/live/ticket"));
      if (round !== this.#round) return;
      const socket = new WebSocket(`${url}?ticket=${encodeURIComponent(ticket)}`);
      this.#socket = socket;
      this.#expectWord();
      socket.onopen = () => this.#subscribeToAll();
      socket.onmessage = ({ data }) => this.#received(JSON.parse(data as string));
      socket.onclose = () => this.#lost(round);
    } catch {
      this.#lost(round);
    }
  }

  #subscribeToAll(): void {
    this.#send({ action: "subscribe", ...this.#since() });
    for (const campaignId of this.#followed.keys()) this.#subscribe(campaignId);
    this.#ping = window.setInterval(() => {
      this.#expectWord();
      this.#send({ action: "ping" });
    }, PING_EVERY);
  }

  #subscribe(campaignId: string): void {
    this.#send({ action: "subscribe", campaignId, messages: true, ...this.#since() });
  }

  #since(): { since?: string } {
    return this.#heard.last ? { since: this.#heard.last } : {};
  }

  #send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #received(message: unknown): void {
    window.clearTimeout(this.#silence);
    this.#silence = undefined;
    this.#wait = FIRST_WAIT;
    this.#say("live");
    for (const news of this.#heard.of(message)) {
      for (const listener of this.#listeners) listener(news);
    }
  }

  /** A connection can be dead without a close: a laptop that slept, a network that changed. */
  #expectWord(): void {
    const round = this.#round;
    window.clearTimeout(this.#silence);
    this.#silence = window.setTimeout(() => {
      this.#lost(round);
    }, PATIENCE);
  }

  #lost(round: number): void {
    if (round !== this.#round) return;
    this.#close();
    if (!session.person) return;
    this.#say("polling");
    this.#retry = window.setTimeout(
      () => void this.#open(),
      this.#wait * (0.75 + Math.random() / 2),
    );
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }

  #close(): void {
    this.#round++;
    window.clearTimeout(this.#retry);
    window.clearTimeout(this.#silence);
    window.clearInterval(this.#ping);
    this.#socket?.close();
    this.#socket = null;
  }

  #say(status: LiveStatus): void {
    if (status === this.status) return;
    this.status = status;
    for (const watcher of this.#watchers) watcher();
  }
}

export const live = new Live();
