import { differencesOf } from "@tallybook/columns";
import type { Columns, InsertRange, MeasuredEvent } from "@tallybook/columns";
import type { Log, LogRecord, Turning } from "@tallybook/log";
import { createPartControl, lastPart, measure, partDigest } from "@tallybook/usage";
import type {
  BarrierPassed,
  Cuts,
  Meter,
  PartCompared,
  PartControl,
  UsageAccepted,
} from "@tallybook/usage";
import { decode, encode, topics } from "@tallybook/wire";

import type { MetersByTenant } from "./meters.ts";

export interface SinkOptions {
  readonly log: Log;
  readonly columns: Pick<Columns, "insertMeasured" | "buildRollups" | "readControls">;
  readonly partition: number;
  readonly generation: number;
  /** Rows of one insert, at most: part of what an insert's range follows from, so never changed for a deployment. */
  readonly rowsMax?: number;
  /** The fold of `cuts`, up to its committed end. */
  readonly cuts: () => Promise<Cuts>;
  readonly metersBelow: (catalogOffset: number) => Promise<MetersByTenant>;
  readonly reached: (
    point:
      | "aggregator.read"
      | "aggregator.gathered"
      | "aggregator.inserted"
      | "aggregator.compared"
      | "aggregator.rolled"
      | "aggregator.appended",
  ) => void;
  /** Told when a part in ClickHouse differs from the log, and with nothing when it no longer does. */
  readonly raise: (differences: readonly string[]) => void;
}

const limits = { bytesMax: 4 * 1024 * 1024, waitMsMax: 500 };
const rowsMaxUsual = 10_000;

const noMeters: ReadonlyMap<string, readonly Meter[]> = new Map();

/** The part being gathered: a function of the log from the end of the part before it. */
interface OpenPart {
  readonly cut: number;
  readonly meters: MetersByTenant;
  readonly control: PartControl;
}

/**
 * Takes one partition of `usage.accepted` into ClickHouse, from the end of its last part on. What an insert holds
 * follows from the log alone, so whatever a predecessor sent before it died is sent again under the same token.
 */
export async function openSink(options: SinkOptions): Promise<Turning> {
  const { log, partition, rowsMax = rowsMaxUsual } = options;
  const writer = await log.transactor(`aggregator.${partition}`);
  const cuts = await options.cuts();
  const before = lastPart(cuts, partition);
  let part = await openPart(
    options,
    before === undefined ? 0 : before.cut + 1,
    catalogOffsetOf(cuts, before),
  );
  let next = before?.end_offset ?? 0;
  /** The last source taken. */
  let taken = before?.raw_end_offset ?? -1;
  /** The last source of the last insert's range. */
  let inserted = taken;
  let rows: MeasuredEvent[] = [];
  /** A barrier whose part is not yet found equal. */
  let ending: { barrier: BarrierPassed; endOffset: number } | undefined;
  let batch: readonly LogRecord[] = [];
  let at = 0;

  async function insertUpTo(rawOffset: number): Promise<void> {
    if (rows.length > 0) {
      options.reached("aggregator.gathered");
      await options.columns.insertMeasured(rangeOf(inserted + 1, rawOffset), rows);
      options.reached("aggregator.inserted");
    }
    rows = [];
    inserted = rawOffset;
  }

  function rangeOf(from: number, to: number): InsertRange {
    return { generation: options.generation, cut: part.cut, partition, from, to, repair: 0 };
  }

  async function take(event: UsageAccepted): Promise<void> {
    if (event.raw_offset <= taken) return;
    taken = event.raw_offset;
    const measured = measure(event, part.meters.get(event.tenant) ?? noMeters);
    part.control.add(event, measured);
    rows.push({ event, measured });
    if (rows.length >= rowsMax) await insertUpTo(event.raw_offset);
  }

  async function endPart({
    barrier,
    endOffset,
  }: {
    barrier: BarrierPassed;
    endOffset: number;
  }): Promise<boolean> {
    const tenants = part.control.totals();
    const compared = { cut: part.cut, partition, tenants };
    const range = { cutMin: part.cut, cutMax: part.cut, partition };
    let differences = differencesOf(
      [compared],
      await options.columns.readControls(range),
      "inserted",
    );
    if (differences.length === 0) {
      options.reached("aggregator.compared");
      // A range that ends where the part ends: one per part, the same for whoever builds them.
      await options.columns.buildRollups(rangeOf(barrier.raw_offset, barrier.raw_offset));
      options.reached("aggregator.rolled");
      differences = differencesOf([compared], await options.columns.readControls(range));
    }
    options.raise(differences);
    if (differences.length > 0) return false;
    const fact: PartCompared = {
      kind: "PartCompared",
      cut: part.cut,
      partition,
      end_offset: endOffset,
      raw_end_offset: barrier.raw_offset,
      repair: 0,
      tenants,
      digest: partDigest(part.cut, partition, tenants),
      merkle_root: null,
    };
    await writer.commit([{ topic: topics.cuts, partition: 0, key: null, value: encode(fact) }]);
    options.reached("aggregator.appended");
    part = await openPart(options, barrier.cut + 1, barrier.catalog_offset);
    return true;
  }

  async function takeRecord(record: LogRecord): Promise<void> {
    const fact = decode(record.value);
    switch (fact.kind) {
      case "UsageAccepted":
        return take(fact);
      case "DeduperProgressed":
        if (fact.raw_offset > inserted) {
          await insertUpTo(fact.raw_offset);
          taken = Math.max(taken, fact.raw_offset);
        }
        return;
      case "BarrierPassed":
        if (fact.cut < part.cut) return;
        if (fact.cut > part.cut)
          throw new Error(
            `partition ${partition}: barrier ${fact.cut} where barrier ${part.cut} is due`,
          );
        await insertUpTo(fact.raw_offset);
        taken = fact.raw_offset;
        ending = { barrier: fact, endOffset: record.offset + 1 };
        return;
      // oxlint-disable-next-line no-default-case -- the schemas of the other topics
      default:
        throw new Error(
          `a ${fact.kind} at offset ${record.offset} of ${topics.usageAccepted}/${partition}`,
        );
    }
  }

  return {
    async turn() {
      if (ending !== undefined) {
        if (!(await endPart(ending))) return "idle";
        ending = undefined;
        return "worked";
      }
      if (at === batch.length) {
        const fetched = await log.fetch(topics.usageAccepted, partition, next, limits);
        next = fetched.next;
        batch = fetched.records;
        at = 0;
        if (batch.length === 0) return "idle";
        options.reached("aggregator.read");
      }
      for (; at < batch.length && ending === undefined; at += 1)
        await takeRecord(batch[at] as LogRecord);
      return "worked";
    },
    close: () => writer.close(),
  };
}

async function openPart(
  options: SinkOptions,
  cut: number,
  catalogOffset: number,
): Promise<OpenPart> {
  return { cut, meters: await options.metersBelow(catalogOffset), control: createPartControl() };
}

// The meters of a cut are those known at the barrier before it; before the first barrier nothing is accepted.
function catalogOffsetOf(cuts: Cuts, before: PartCompared | undefined): number {
  return before === undefined ? 0 : (cuts.opened[before.cut]?.catalog_offset ?? 0);
}
