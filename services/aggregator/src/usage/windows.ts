import { calendar, MICROS_PER_HOUR, periodsWithin, zoneNamed } from "@tallybook/periods";
import type { Micros, Period } from "@tallybook/periods";

export const windowWords = ["none", "hour", "day", "month"] as const;
export type WindowWord = (typeof windowWords)[number];

/**
 * Where windows of a zone begin within a stretch of time, and where the last one ends: the first begins and the last ends with
 * it. Undefined where there would be more of them than `max`.
 */
export function windowBounds(
  word: WindowWord,
  zone: string,
  { from, to }: Period,
  max: number,
): Micros[] | undefined {
  const begins = [from];
  for (let at = nextAfter(word, zone, from, to); at < to; at = nextAfter(word, zone, at, to)) {
    begins.push(at);
    if (begins.length > max) return undefined;
  }
  return [...begins, to];
}

function nextAfter(word: WindowWord, zone: string, at: Micros, to: Micros): Micros {
  switch (word) {
    case "none":
      return to;
    case "hour":
      return nextHour(zone, at);
    case "day":
    case "month":
      return nextUnit(word, zone, at);
  }
}

/** Of the zone's clocks: some are half an hour or a quarter of one apart from the others. */
function nextHour(zone: string, at: Micros): Micros {
  const local = zoneNamed(zone)?.localAt(at) ?? at;
  const since = ((local % MICROS_PER_HOUR) + MICROS_PER_HOUR) % MICROS_PER_HOUR;
  return at + MICROS_PER_HOUR - since;
}

function nextUnit(unit: "day" | "month", zone: string, at: Micros): Micros {
  const days = calendar({ zone, every: 1, unit, anchor: { kind: "calendar" } });
  return periodsWithin(days, { from: at, to: at + 1 })[0]?.to ?? at + 1;
}
