/** A stop of simulated time on its way through the months. */
export interface Stop {
  readonly time: string;
  /** Of the run's months, from 0. */
  readonly month: number;
  /** The month before is rated at this stop. */
  readonly closes: boolean;
}

export const firstMonth = { year: 2023, month: 10 } as const;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Where the month begins, in milliseconds. */
export function monthBegin(month: number): number {
  return Date.UTC(firstMonth.year, firstMonth.month + month, 1);
}

/** The index of the month that holds a moment. */
export function monthIndex(ms: number): number {
  const date = new Date(ms);
  return (date.getUTCFullYear() - firstMonth.year) * 12 + date.getUTCMonth() - firstMonth.month;
}

/** The stops of a month: an hour after its beginning, which closes the month before; twice in it; and just before its end. */
export function stopsOf(month: number): Stop[] {
  const begin = monthBegin(month);
  const times = [
    begin + hourMs,
    begin + 10 * dayMs,
    begin + 20 * dayMs,
    monthBegin(month + 1) - hourMs / 2,
  ];
  return times.map((time, at) => ({
    time: new Date(time).toISOString(),
    month,
    closes: at === 0 && month > 0,
  }));
}

/** Which usage may be sent at a moment of the run, and on which invoice it comes. */
export interface Season {
  /** Of the invoices that it comes on. */
  readonly month: number;
  /** Bounds of the events' times, in milliseconds, the first inclusive. */
  readonly from: number;
  readonly to: number;
  /** The same of late ones, of the month before; null where none may come. */
  readonly late: { readonly from: number; readonly to: number } | null;
  /** Whether an event may leave its time to its arrival. */
  readonly untimed: boolean;
}

/** Late usage is sent so far back at most: well within the window of 35 days, while the clock goes on. */
const lateMsMax = 20 * dayMs;

/** Once a stop has passed everybody. */
export function seasonAt(stop: Stop): Season {
  const begin = monthBegin(stop.month);
  const now = Date.parse(stop.time);
  const lateFrom = Math.max(now - lateMsMax, monthBegin(stop.month - 1));
  return {
    month: stop.month,
    from: begin,
    to: now,
    late: stop.month > 0 && lateFrom < begin - hourMs ? { from: lateFrom, to: begin } : null,
    untimed: now - begin > dayMs,
  };
}

/** Usage that is out of the window of event times, and comes by a backfill. */
export interface Drawer {
  readonly backfill: string;
  /** Whose invoices it comes on. */
  readonly billed: number;
  /** Bounds of the events' times, in milliseconds, the first inclusive. */
  readonly from: number;
  readonly to: number;
  /** RFC 3339; as long as a backfill may be open, so that what lies in a spool for a stop is still taken. */
  readonly closes_at: string;
}

/** What is opened at a stop: twenty days into each month, the first days of the month before, which the window has passed. */
export function drawerAt({ time, month }: Stop): Drawer | null {
  if (month < 1 || stopsOf(month)[2]?.time !== time) return null;
  const from = monthBegin(month - 1);
  const closes_at = new Date(Date.parse(time) + 31 * dayMs).toISOString();
  return { backfill: `drawer-${month}`, billed: month, from, to: from + 12 * dayMs, closes_at };
}

/** While the month before is being closed: the first minutes of the next one, which the clock does not forbid yet. */
export function seasonOfClosing(stop: Stop): Season {
  const from = monthBegin(stop.month);
  return { month: stop.month, from, to: from + 25 * 60_000, late: null, untimed: false };
}
