/** Microseconds since 1970-01-01T00:00:00Z; a safe integer, before 1970 negative. */
export type Micros = number;

export const MICROS_PER_SECOND = 1_000_000;

/** No time of ours is at or after it: seconds in 32 bits, as the columns hold slots, end in its first weeks. */
export const timesEnd: Micros = Date.UTC(2106, 0) * 1_000;

export const MICROS_PER_HOUR = 3_600 * MICROS_PER_SECOND;

export const MICROS_PER_QUARTER_HOUR = MICROS_PER_HOUR / 4;

const timePattern =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/**
 * A time of RFC 3339; the zone is required, digits beyond the microsecond are cut.
 * Undefined for any other text, for a date that is not in the calendar, for a leap second, and
 * outside the years 1900 to 2105: that far, the columns hold every time and every slot.
 */
export function parseTime(text: string): Micros | undefined {
  const parts = timePattern.exec(text);
  if (parts === null) return undefined;
  const [, year = "", month = "", day = "", hour = "", minute = "", second = ""] = parts;
  const midnight = dayOf(Number(year), Number(month), Number(day));
  const offset = zoneOffset(parts[8] ?? "+", parts[9] ?? "00", parts[10] ?? "00");
  if (midnight === undefined || offset === undefined) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const seconds = Number(hour) * 3_600 + Number(minute) * 60 + Number(second) - offset;
  const fraction = Number((parts[7] ?? "").slice(0, 6).padEnd(6, "0"));
  const micros = (midnight / 1_000 + seconds) * MICROS_PER_SECOND + fraction;
  return micros < earliest || micros >= timesEnd ? undefined : micros;
}

/** The time in UTC, such as `2023-11-16T18:17:03.97996Z`: a fraction only where there is one. */
export function formatTime(micros: Micros): string {
  const seconds = Math.floor(micros / MICROS_PER_SECOND);
  const fraction = micros - seconds * MICROS_PER_SECOND;
  if (seconds !== lastSeconds) {
    lastWhole = new Date(seconds * 1_000).toISOString().slice(0, 19);
    lastSeconds = seconds;
  }
  if (fraction === 0) return `${lastWhole}Z`;
  const digits = String(fraction).padStart(6, "0");
  return `${lastWhole}.${fraction % 10 === 0 ? digits.replace(/0+$/, "") : digits}Z`;
}

// Times that are written one after the other are mostly of the same second.
let lastSeconds = Number.NaN;
let lastWhole = "";

/** Midnight in milliseconds; undefined for a date that does not exist. */
function dayOf(year: number, month: number, day: number): number | undefined {
  // Date.UTC takes a year below 100 for one of the last century.
  if (year < 100 || month < 1 || month > 12 || day < 1) return undefined;
  const midnight = Date.UTC(year, month - 1, day);
  return new Date(midnight).getUTCDate() === day ? midnight : undefined;
}

/** Seconds east of UTC. */
function zoneOffset(sign: string, hours: string, minutes: string): number | undefined {
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const seconds = Number(hours) * 3_600 + Number(minutes) * 60;
  return sign === "-" ? -seconds : seconds;
}

const earliest = Date.UTC(1900, 0) * 1_000;
