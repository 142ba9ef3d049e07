import type { Schemas } from "../../api/client";

type Funnel = Schemas["FunnelAnswer"];
type Day = Schemas["DayAnswer"];

export interface Series {
  title: string;
  data: { x: string; y: number }[];
}

/** What became of people; the parts add up to `total`. */
const PARTS: readonly (readonly [string, (stats: Funnel) => number])[] = [
  ["Read", (of) => of.read],
  ["Delivered, not read", (of) => of.delivered - of.read],
  ["Sent, not delivered yet", (of) => of.sent - of.delivered],
  ["Failed", (of) => of.failed],
  ["Left out", (of) => of.skipped],
  ["Held or in doubt", (of) => of.held + of.unconfirmed],
  ["Waiting", (of) => of.pending + of.sending],
];

/** People by day and by what became of them; parts that nobody is in are left out. */
export function outcomes(days: readonly Day[]): Series[] {
  return PARTS.map(([title, part]) => ({
    title,
    data: days.map(({ date, stats }) => ({ x: date, y: part(stats) })),
  })).filter(({ data }) => data.some(({ y }) => y > 0));
}

const RATES: readonly (readonly [string, (stats: Funnel) => number | null])[] = [
  ["Delivered", (of) => (of.sent ? of.deliveryRate : null)],
  ["Read", (of) => (of.delivered ? of.readRate : null)],
  ["Replied", (of) => (of.delivered ? of.replyRate : null)],
  ["Failed", (of) => (of.total ? of.failureRate : null)],
];

/** Rates in percent by day; of a day on which there was nothing to take a rate of there is none. */
export function rates(days: readonly Day[]): Series[] {
  return RATES.map(([title, rate]) => ({
    title,
    data: days.flatMap(({ date, stats }) => {
      const y = rate(stats);
      return y === null ? [] : [{ x: date, y }];
    }),
  })).filter(({ data }) => data.length > 0);
}

const DAY = 86_400_000; // ms
const SHOWN_ALL = 31; // days; of a longer time only those with a start are shown

/** The UTC days on the axis: all of a short time, so that quiet days are seen as such. */
export function axis(days: readonly Day[], since: string, now: Date): string[] {
  const first = Date.parse(since.slice(0, 10));
  const length = Math.floor((now.getTime() - first) / DAY) + 1;
  if (length > SHOWN_ALL + 1) return days.map(({ date }) => date);
  return Array.from({ length }, (_, n) => new Date(first + n * DAY).toISOString().slice(0, 10));
}

const DATE = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" });

/** A UTC day as it stands on an axis. */
export const dayName = (date: string): string => DATE.format(new Date(`${date}T00:00:00Z`));
