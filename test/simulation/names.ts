import { stretchesOf } from "@tallybook/columns";
import type { MeasuredEvent, NamedEvent, NamedFilter, NamedStretch } from "@tallybook/columns";
import { MICROS_PER_HOUR } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { eventRowOf, eventRowText, groupText, measurementRowText } from "@tallybook/usage";

import { knownFrom } from "./memoryColumns.ts";
import type { Part } from "./memoryColumns.ts";

interface Named extends NamedEvent {
  readonly refersTo: number[];
  readonly events: string[];
  readonly measurements: string[];
}

/**
 * What the columns name of a customer: its events in every hour that the filter has a part of, corrections that replace one of
 * them, and what is measured of the customer in those hours.
 */
export function namesIn(parts: Iterable<Part>, filter: NamedFilter): NamedEvent[] {
  const named = new Map<string, Named>();
  const known = [...parts].filter(({ cut }) => cut <= filter.cutMax);
  const rows = known.flatMap(({ partition, rows: all }) =>
    all.filter(({ event }) => event.tenant === filter.tenant).map((row) => ({ ...row, partition })),
  );
  const own = rows.filter(({ event }) => isIn(filter, event.customer, event.time));
  const ownPlaces = new Set(own.map(({ partition, event }) => `${partition}/${event.raw_offset}`));
  const replacing = rows.filter(({ partition, event: { corrected } }) =>
    ownPlaces.has(`${partition}/${corrected?.replaced.raw_offset}`),
  );
  const at = (cut: number, partition: number, raw_offset: number) => {
    const key = `${cut}/${partition}/${raw_offset}`;
    const there = named.get(key);
    if (there !== undefined) return there;
    const fresh: Named = {
      cut,
      partition,
      raw_offset,
      refersTo: [],
      events: [],
      measurements: [],
    };
    named.set(key, fresh);
    return fresh;
  };
  for (const { event, measured, partition } of new Set([...own, ...replacing])) {
    const of = at(event.cut, partition, event.raw_offset);
    of.events.push(eventRowText(event, measured.outcome));
    if (event.corrected === null) continue;
    const { target_offset } = event.corrected;
    for (const each of rows)
      if (each.partition === partition && familyOf(each) === target_offset)
        of.refersTo.push(each.event.raw_offset);
  }
  for (const { cut, partition, rows: all, added } of known) {
    for (const { event, measured } of [...all, ...added]) {
      if (event.tenant !== filter.tenant) continue;
      for (const each of measured.measurements) {
        const from = knownFrom(filter.fills, eventRowOf(each, event, partition));
        if (from === null || from > filter.cutMax || !filter.meters.includes(each.meter)) continue;
        if (!isIn(filter, each.customer, each.slot)) continue;
        at(cut, partition, event.raw_offset).measurements.push(
          measurementRowText(event.raw_offset, groupText(each), each),
        );
      }
    }
  }
  return [...named.values()].filter((each) => isInStretch(each, filter.stretch ?? null));
}

function isInStretch({ partition, raw_offset }: NamedEvent, stretch: NamedStretch | null): boolean {
  if (stretch === null) return true;
  return partition === stretch.partition && raw_offset >= stretch.from && raw_offset < stretch.to;
}

/** By which stretches they can be asked; an offset is a run. */
export function stretchesIn(
  parts: Iterable<Part>,
  filter: NamedFilter,
  rowsMax: number,
): (NamedStretch | null)[] {
  const runs = namesIn(parts, filter)
    .toSorted((a, b) => a.partition - b.partition || a.raw_offset - b.raw_offset)
    .map(({ cut, partition, raw_offset, events, measurements }) => ({
      partition,
      run: raw_offset,
      cutMin: cut,
      cutMax: cut,
      rows: events.length + measurements.length,
    }));
  return stretchesOf(runs, rowsMax, 1);
}

/** Where the event stands that this one is, or corrects. */
function familyOf({ event }: MeasuredEvent): number {
  return event.corrected?.target_offset ?? event.raw_offset;
}

function isIn({ customer, from, to }: NamedFilter, of: string, time: Micros): boolean {
  const begin = Math.floor(from / MICROS_PER_HOUR) * MICROS_PER_HOUR;
  const end = Math.ceil(to / MICROS_PER_HOUR) * MICROS_PER_HOUR;
  return of === customer && time >= begin && time < end;
}
