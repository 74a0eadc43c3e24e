import { MICROS_PER_HOUR, type Micros } from "./time.ts";

/** From (inclusive) to (exclusive). */
export interface Period {
  readonly from: Micros;
  readonly to: Micros;
}

/** The month of UTC that holds the time. */
export function monthOf(time: Micros): Period {
  const date = new Date(Math.floor(time / 1_000));
  return monthAt(date.getUTCFullYear(), date.getUTCMonth());
}

/** The month of UTC that begins where the period ends or, if that is inside one, the one that holds its end. */
export function nextMonth(period: Period): Period {
  return monthOf(period.to);
}

/** The start of the slot of a rollup that holds the time: an hour of UTC, unless a length is given that divides one. */
export function slotOf(time: Micros, length: Micros = MICROS_PER_HOUR): Micros {
  return Math.floor(time / length) * length;
}

function monthAt(year: number, month: number): Period {
  return { from: Date.UTC(year, month) * 1_000, to: Date.UTC(year, month + 1) * 1_000 };
}
