/** What a live connection says, put in order. Pure; see docs/live.md. */

export interface LiveEvent {
  id: string;
  type: string;
  at: string;
  campaignId: string;
  data: Record<string, unknown>;
}

/** A campaign's counters as they are told: recipients by state. */
export interface Counters {
  total: number;
  progress: number;
  replied: number;
  counts: Record<string, number>;
}

export interface Told extends Counters {
  campaignId: string;
  status: string;
  pausedReason: string | null;
  resumesAt: string | null;
}

export interface Snapshot {
  type: "snapshot";
  at: string;
  campaigns: Told[];
  /** False: more has happened than is told, so everything should be asked for again. */
  complete: boolean;
}

interface SnapshotData {
  campaigns: Told[];
  events?: LiveEvent[];
  complete?: boolean;
}

const REMEMBERED = 2_000; // ids; an event that comes twice does so within a minute or two

/** Takes each event once, and knows the last one, from where a new connection goes on. */
export class Heard {
  last: string | null = null;
  #ids = new Set<string>();

  /** What is new in a message, in the order to take it in. */
  of(message: unknown): (LiveEvent | Snapshot)[] {
    const { type, at, data } = message as { type: string; at: string; data: unknown };
    if (type === "pong" || type === "error") return [];
    if (type !== "snapshot") return this.#fresh(message as LiveEvent);
    // Without a `since` nothing can have been missed, and the last two are left out.
    const { campaigns, events = [], complete = true } = data as SnapshotData;
    const missed = events.flatMap((event) => this.#fresh(event));
    // The state in a snapshot is newer than the events that it repeats.
    return [...missed, { type: "snapshot", at, campaigns, complete }];
  }

  #fresh(event: LiveEvent): LiveEvent[] {
    if (this.#ids.has(event.id)) return [];
    this.#ids.add(event.id);
    if (this.#ids.size > REMEMBERED) {
      const [oldest] = this.#ids;
      if (oldest !== undefined) this.#ids.delete(oldest);
    }
    if (this.last === null || event.id > this.last) this.last = event.id;
    return [event];
  }
}

/** The counters as the fields of a campaign in the API's answers. */
export function fieldsOf({ total, progress, replied, counts }: Counters) {
  const of = (status: string) => counts[status] ?? 0;
  return {
    totalRecipients: total,
    progress,
    repliedCount: replied,
    pendingCount: of("PENDING"),
    sendingCount: of("SENDING"),
    heldCount: of("HELD"),
    sentCount: of("SENT") + of("DELIVERED") + of("READ"),
    deliveredCount: of("DELIVERED") + of("READ"),
    readCount: of("READ"),
    failedCount: of("FAILED"),
    skippedCount: of("SKIPPED"),
    unconfirmedCount: of("UNCONFIRMED"),
  };
}
