import type { Schemas } from "../../api/client";

export interface Bar {
  x: Date;
  y: number;
}

const MINUTE = 60_000; // ms

/** Minutes that are drawn as one point, so that a chart of so many hours stays legible. */
export function minutesAPoint(hours: number): number {
  return hours <= 1 ? 1 : hours <= 6 ? 5 : hours <= 24 ? 15 : 30;
}

/** Messages by point over the last hours, with zeros where none left; the last one is under way. */
export function messagesOver(
  minutes: readonly Schemas["MinuteAnswer"][],
  hours: number,
  now: Date,
): Bar[] {
  const step = minutesAPoint(hours) * MINUTE;
  const last = Math.floor(now.getTime() / step) * step;
  const counts = new Map<number, number>();
  for (const { minute, messages } of minutes) {
    const point = Math.floor(Date.parse(minute) / step) * step;
    counts.set(point, (counts.get(point) ?? 0) + messages);
  }
  const first = last - hours * 60 * MINUTE + step;
  const bars: Bar[] = [];
  for (let at = first; at <= last; at += step) {
    bars.push({ x: new Date(at), y: counts.get(at) ?? 0 });
  }
  return bars;
}

const HOURS_OF_THE_CAP = 25; // a moving day, rounded up to whole hours, touches so many

/** Conversations by the hour in which they were opened, and with how many each hour ended. */
export function capOver(hours: Schemas["QuotaAnswer"]["hours"], now: Date) {
  const hour = 60 * MINUTE;
  const last = Math.floor(now.getTime() / hour) * hour;
  const opened = new Map(hours.map((each) => [Date.parse(each.hour), each.opened]));
  let sum = 0;
  return Array.from({ length: HOURS_OF_THE_CAP }, (_, n) => {
    const at = last - (HOURS_OF_THE_CAP - 1 - n) * hour;
    const here = opened.get(at) ?? 0;
    return { at: new Date(at), opened: here, sum: (sum += here) };
  });
}
