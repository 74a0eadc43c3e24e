import {
  calendar,
  MICROS_PER_HOUR,
  MICROS_PER_SECOND,
  periodsWithin,
  zoneNamed,
} from "@tallybook/periods";
import type { Micros, Period } from "@tallybook/periods";

const MICROS_PER_MINUTE = 60 * MICROS_PER_SECOND;

export const windowWords = ["none", "minute", "hour", "day", "month"] as const;
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
    case "minute":
      return at + MICROS_PER_MINUTE - (at % MICROS_PER_MINUTE);
    case "hour":
      return nextHour(zone, at);
    case "day":
    case "month":
      return nextUnit(word, zone, at);
  }
}

/** The whole window that holds a moment. Of `none`, which has no bounds, the moment alone. */
export function windowAround(word: WindowWord, zone: string, at: Micros): Period {
  switch (word) {
    case "none":
      return { from: at, to: at };
    case "minute": {
      const from = at - (at % MICROS_PER_MINUTE);
      return { from, to: from + MICROS_PER_MINUTE };
    }
    case "hour": {
      const to = nextHour(zone, at);
      return { from: to - MICROS_PER_HOUR, to };
    }
    case "day":
    case "month":
      return unitAround(word, zone, at);
  }
}

/** Of the zone's clocks: some are half an hour or a quarter of one apart from the others. */
function nextHour(zone: string, at: Micros): Micros {
  const local = zoneNamed(zone)?.localAt(at) ?? at;
  const since = ((local % MICROS_PER_HOUR) + MICROS_PER_HOUR) % MICROS_PER_HOUR;
  return at + MICROS_PER_HOUR - since;
}

function nextUnit(unit: "day" | "month", zone: string, at: Micros): Micros {
  return unitAround(unit, zone, at).to;
}

function unitAround(unit: "day" | "month", zone: string, at: Micros): Period {
  const days = calendar({ zone, every: 1, unit, anchor: { kind: "calendar" } });
  return periodsWithin(days, { from: at, to: at + 1 })[0] ?? { from: at, to: at + 1 };
}
