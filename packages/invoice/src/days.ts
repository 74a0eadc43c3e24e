import { subscriptionOf } from "@tallybook/catalog";
import type { Catalog } from "@tallybook/catalog";
import { formatTime, zoneNamed } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";

import type { Words } from "./words/words.ts";

/** The zone whose dates the periods of a subscription are told in: that of its calendar. */
export function zoneOf(catalog: Catalog, tenant: string, subscription: string): string {
  return subscriptionOf(catalog, tenant, subscription)?.calendar.time_zone ?? "UTC";
}

/**
 * A period in words, by the clocks of its zone: `2023-11-01 to 2023-11-30` where it is of whole days, the last one included;
 * else `2023-11-14 14:37:12 to 2023-12-14 14:37:12`, of which the latter is the next one's.
 */
export function daysText(from: Micros, to: Micros, zone: string): string {
  const [first, end] = [localText(from, zone), localText(to, zone)];
  if (first.endsWith(midnight) && end.endsWith(midnight))
    return `${dayText(from, zone)} to ${dayText(to - 1, zone)}`;
  return `${first.replace("T", " ").slice(0, -1)} to ${end.replace("T", " ").slice(0, -1)}`;
}

/** The date of a time, by the clocks of its zone. */
export function dayText(time: Micros, zone: string): string {
  return localText(time, zone).slice(0, 10);
}

/** As `daysText`, in the words of a language. */
export function spokenDays(from: Micros, to: Micros, zone: string, words: Words): string {
  const [first, end] = [localText(from, zone), localText(to, zone)];
  if (first.endsWith(midnight) && end.endsWith(midnight))
    return words.fromTo(spokenDay(from, zone, words), spokenDay(to - 1, zone, words));
  const moment = (at: Micros, text: string) =>
    `${spokenDay(at, zone, words)} ${text.slice(text.indexOf("T") + 1, -1)}`;
  return words.fromTo(moment(from, first), moment(to, end));
}

/** The date of a time by the clocks of its zone, as a language writes it. */
export function spokenDay(time: Micros, zone: string, words: Words): string {
  const [year = "", month = "", day = ""] = dayText(time, zone).split("-");
  return words.day({ year, month, day });
}

const midnight = "T00:00:00Z";

/** What the zone's clocks show, as a clock in UTC would. */
function localText(time: Micros, zone: string): string {
  return formatTime(zoneNamed(zone)?.localAt(time) ?? time);
}
