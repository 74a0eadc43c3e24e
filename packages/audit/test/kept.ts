import { stretchesOf } from "@tallybook/columns";
import type { Columns } from "@tallybook/columns";
import { eventRowText, groupText, measurementRowText } from "@tallybook/usage";
import type { Measured, UsageAccepted } from "@tallybook/usage";

/** An event as the columns have it, and what its meters made of it. */
export interface KeptEvent {
  readonly event: UsageAccepted;
  readonly measured: Measured;
}

/** What the columns name of the events that they keep. */
export function namesOf(kept: readonly KeptEvent[]): Columns["readNamed"] {
  return async ({ tenant, customer, meters, from, to, cutMax, stretch = null }) =>
    kept
      .filter(({ event }) => event.tenant === tenant && event.customer === customer)
      .filter(({ event: { raw_offset: at } }) => {
        return stretch === null || (at >= stretch.from && at < stretch.to);
      })
      .filter(({ event: { cut, time } }) => cut <= cutMax && time >= from && time < to)
      .map(({ event, measured: { outcome, measurements } }) => ({
        cut: event.cut,
        partition: 0,
        raw_offset: event.raw_offset,
        refersTo: [],
        events: [eventRowText(event, outcome)],
        measurements: measurements
          .filter(({ meter }) => meters.includes(meter))
          .map((each) => measurementRowText(event.raw_offset, groupText(each), each)),
      }));
}

/** By which stretches they can be asked; an offset is a run. */
export function stretchesIn(kept: readonly KeptEvent[]): Columns["readStretches"] {
  return async (filter, rowsMax) => {
    const named = await namesOf(kept)(filter);
    const runs = named.map(({ cut, partition, raw_offset, events, measurements }) => ({
      partition,
      run: raw_offset,
      cutMin: cut,
      cutMax: cut,
      rows: events.length + measurements.length,
    }));
    return stretchesOf(runs, rowsMax, 1);
  };
}

/** Where the columns say that the events of an identity stand. */
export function placesOf(kept: readonly KeptEvent[]): Columns["readPlaces"] {
  return async ({ tenant, source, id }) =>
    kept
      .filter(({ event }) => event.tenant === tenant && event.source === source && event.id === id)
      .map(({ event: { raw_offset } }) => ({ partition: 0, raw_offset }));
}
