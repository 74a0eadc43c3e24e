import { metersAt } from "@tallybook/catalog";
import { readAll } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import type { Micros } from "@tallybook/periods";
import {
  contentHash,
  eventRowOf,
  measure,
  measureFilled,
  rollupKey,
  rollUpRows,
  usageRowOf,
} from "@tallybook/usage";
import type { Measurement, UsageAccepted, UsageReported, UsageRow } from "@tallybook/usage";
import { decode, topics, Undecodable } from "@tallybook/wire";

import type { Books } from "./books.ts";
import { isFilledBy, knownFills } from "./filled.ts";

/** An accepted event as one meter sees it. */
export interface MeteredEvent {
  readonly partition: number;
  readonly event: UsageAccepted;
  readonly measurement: Measurement;
}

/** Whose usage of what, and when. */
export interface Use {
  readonly tenant: string;
  readonly customer: string;
  readonly meters: readonly string[];
  readonly from: Micros;
  readonly to: Micros;
  /** The last cut that counts. */
  readonly cutMax: number;
}

/**
 * The events of a use, from `usage.accepted`, each once, measured by the meters known at the barrier before its cut, or by
 * the fill of the meter's history that is known at the use's last cut.
 */
export async function readEvents(log: Log, books: Books, use: Use): Promise<MeteredEvent[]> {
  const { cuts, history } = books;
  const fills = knownFills(books, use.cutMax);
  const events: MeteredEvent[] = [];
  for (let partition = 0; partition < (cuts.deployment?.partitions ?? 0); partition += 1) {
    let taken = -1;
    for await (const { value } of readAll(log, topics.usageAccepted, partition)) {
      const event = decode(value);
      if (event.kind !== "UsageAccepted" || event.raw_offset <= taken) continue;
      taken = event.raw_offset;
      if (event.cut > use.cutMax) break;
      if (event.tenant !== use.tenant || event.customer !== use.customer) continue;
      const known = cuts.opened[event.cut - 1]?.catalog_offset ?? 0;
      const { measurements: own } = measure(event, metersAt(history.at(known), event.tenant));
      const filled = fills.filter((fill) => isFilledBy(fill, event));
      const measurements = [
        ...own,
        ...filled.flatMap(({ meter }) => measureFilled(meter, event).measurements),
      ];
      for (const measurement of measurements) {
        const isOfUse =
          use.meters.includes(measurement.meter) && event.time >= use.from && event.time < use.to;
        if (isOfUse) events.push({ partition, event, measurement });
      }
    }
  }
  return events;
}

/** Rolls events up as the columns do, by slot, dimensions, meter version and cut, but for those that are told apart. */
export function rollUp(
  events: readonly MeteredEvent[],
  isApart: (row: UsageRow) => boolean,
): UsageRow[] {
  const rows = rollUpRows(
    events.map(({ event, measurement, partition }) => usageRowOf(measurement, event, partition)),
  );
  const apart = new Set(rows.filter(isApart).map(rollupKey));
  return [
    ...rows.filter((row) => !apart.has(rollupKey(row))),
    ...events.map(eventRow).filter((row) => apart.has(rollupKey(row))),
  ];
}

/** An event as a row of its own. */
export function eventRow({ event, measurement, partition }: MeteredEvent): UsageRow {
  return eventRowOf(measurement, event, partition);
}

/** Whether an accepted event says what was reported: by its hash, its own content, and its time. */
export function isSameEvent(reported: UsageReported, accepted: UsageAccepted): boolean {
  const hash = contentHash(reported);
  const isOfHash = Buffer.compare(hash, accepted.content_hash) === 0;
  // A time that the producer did not give is no content: it was received_at that counted.
  const isOfContent = Buffer.compare(hash, contentHash({ ...accepted, time: reported.time })) === 0;
  return isOfHash && isOfContent && accepted.time === (reported.time ?? accepted.received_at);
}

/** How many of the events stand in `usage.raw` at their source as they were accepted. */
export async function countInRaw(log: Log, events: readonly MeteredEvent[]): Promise<number> {
  let count = 0;
  for (const [partition, own] of Map.groupBy(events, ({ partition }) => partition)) {
    const accepted = new Map(own.map(({ event }) => [event.raw_offset, event]));
    const offsets = [...accepted.keys()];
    const range = {
      from: offsets.reduce((a, b) => Math.min(a, b)),
      to: offsets.reduce((a, b) => Math.max(a, b)) + 1,
    };
    for await (const { offset, value } of readAll(log, topics.usageRaw, partition, range)) {
      const event = accepted.get(offset);
      if (event === undefined) continue;
      const reported = reportedIn(value);
      if (reported !== undefined && isSameEvent(reported, event)) count += 1;
    }
  }
  return count;
}

function reportedIn(bytes: Buffer): UsageReported | undefined {
  try {
    const fact = decode(bytes);
    return fact.kind === "UsageReported" ? fact : undefined;
  } catch (error) {
    if (error instanceof Undecodable) return undefined;
    throw error;
  }
}
