import {
  dayOfLocal,
  MICROS_PER_DAY,
  MICROS_PER_SECOND,
  type Micros,
  type Period,
  type Zone,
  zoneNamed,
} from "@tallybook/periods";
import type { TimeWindow, TimeWindows } from "./charge.ts";
import { NotRatable } from "./share.ts";

/** A moment of the week as the clocks of a zone show it. */
export interface WeekTime {
  /** 1 is Monday, 7 Sunday. */
  readonly day: number;
  /** 0 to 1439. */
  readonly minute: number;
}

/** What the clocks in the zone of a price show. */
export function weekTimeOf(charge: Pick<TimeWindows, "timeZone">, time: Micros): WeekTime {
  const local = zoneOf(charge).localAt(time);
  const day = dayOfLocal(local);
  const minute = Math.floor((local - day * MICROS_PER_DAY) / microsPerMinute);
  return { day: weekdayOf(day), minute };
}

/** The window that holds the moment; null outside of all. They do not overlap. */
export function windowAt(
  { windows }: Pick<TimeWindows, "windows">,
  { day, minute }: WeekTime,
): TimeWindow | null {
  const holds = ({ days, fromMinute, toMinute }: TimeWindow) =>
    days.includes(day) && minute >= fromMinute && minute < toMinute;
  return windows.find(holds) ?? null;
}

/** Whether a window begins or ends inside the stretch of time, or the clocks are set in it. */
export function isCutByWindow(
  charge: Pick<TimeWindows, "timeZone" | "windows">,
  { from, to }: Period,
): boolean {
  const zone = zoneOf(charge);
  const first = zone.localAt(from);
  const last = zone.localAt(to - 1);
  if (last - first !== to - 1 - from) return true;
  for (let day = dayOfLocal(first); day <= dayOfLocal(last); day += 1) {
    const edges = charge.windows
      .filter(({ days }) => days.includes(weekdayOf(day)))
      .flatMap(({ fromMinute, toMinute }) => [fromMinute, toMinute])
      .map((minute) => day * MICROS_PER_DAY + minute * microsPerMinute);
    if (edges.some((edge) => edge > first && edge <= last)) return true;
  }
  return false;
}

function zoneOf({ timeZone }: Pick<TimeWindows, "timeZone">): Zone {
  const zone = zoneNamed(timeZone);
  if (zone !== undefined) return zone;
  throw new NotRatable(`the runtime knows no time zone ${timeZone}`);
}

/** Day 0, the first of 1970, was a Thursday. */
function weekdayOf(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

const microsPerMinute = 60 * MICROS_PER_SECOND;
