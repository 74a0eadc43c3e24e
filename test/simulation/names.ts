import type { MeasuredEvent, NamedEvent, NamedFilter } from "@tallybook/columns";
import { MICROS_PER_HOUR } from "@tallybook/periods";
import { eventRowOf, eventRowText, groupText, measurementRowText } from "@tallybook/usage";

import { knownFrom } from "./memoryColumns.ts";
import type { Part } from "./memoryColumns.ts";

/** What the columns name of a customer's events: of every hour that the filter has a part of. */
export function namesIn(parts: Iterable<Part>, filter: NamedFilter): NamedEvent[] {
  const named = new Map<string, NamedEvent & { events: string[]; measurements: string[] }>();
  const begin = Math.floor(filter.from / MICROS_PER_HOUR) * MICROS_PER_HOUR;
  const end = Math.ceil(filter.to / MICROS_PER_HOUR) * MICROS_PER_HOUR;
  for (const { cut, partition, rows, added } of parts) {
    if (cut > filter.cutMax) continue;
    const isMeant = ({ event }: MeasuredEvent) =>
      event.tenant === filter.tenant &&
      event.customer === filter.customer &&
      event.time >= begin &&
      event.time < end;
    const at = ({ event: { raw_offset } }: MeasuredEvent) => {
      const key = `${cut}/${partition}/${raw_offset}`;
      const known = named.get(key) ?? { cut, partition, raw_offset, events: [], measurements: [] };
      named.set(key, known);
      return known;
    };
    for (const row of rows.filter(isMeant))
      at(row).events.push(eventRowText(row.event, row.measured.outcome));
    for (const row of [...rows, ...added].filter(isMeant)) {
      for (const each of row.measured.measurements) {
        const known = knownFrom(filter.fills, eventRowOf(each, row.event, partition));
        if (!filter.meters.includes(each.meter) || known === null || known > filter.cutMax)
          continue;
        at(row).measurements.push(measurementRowText(row.event.raw_offset, groupText(each), each));
      }
    }
  }
  return [...named.values()];
}
