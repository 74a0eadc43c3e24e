import { differencesOf, spanOf } from "@tallybook/columns";
import type { Columns, InsertRange, MeasuredEvent } from "@tallybook/columns";
import type { Log, LogRecord, Turning } from "@tallybook/log";
import { createPartControl, lastPart, lastRepair, measure, partDigest } from "@tallybook/usage";
import type {
  BarrierPassed,
  CutFact,
  Cuts,
  Meter,
  PartCompared,
  PartControl,
  UsageAccepted,
} from "@tallybook/usage";
import { decode, encode, topics } from "@tallybook/wire";

import { createAttempts } from "./attempts.ts";
import { createFiller } from "./filler.ts";
import type { FillerOptions, FillPoint, FillsTold } from "./filler.ts";
import { createKeeper } from "./keeper.ts";
import type { KeeperOptions } from "./keeper.ts";
import type { MetersByTenant } from "./meters.ts";
import { repairBegun } from "./repairs.ts";
import type { RepairsTold } from "./repairs.ts";

export interface SinkOptions {
  readonly log: Log;
  readonly columns: KeeperOptions["columns"] &
    FillerOptions["columns"] &
    Pick<Columns, "readHighest">;
  readonly partition: number;
  /** Of the deployment. */
  readonly partitions: number;
  readonly generation: number;
  /** Rows of one insert, at most: part of what an insert's range follows from, so never changed for a deployment. */
  readonly rowsMax?: number;
  /** The fold of `cuts`, up to its committed end. */
  readonly cuts: () => Promise<Cuts>;
  readonly metersBelow: (catalogOffset: number) => Promise<MetersByTenant>;
  readonly meterOf: FillerOptions["meterOf"];
  /** What is to be filled, as far as it is known. */
  readonly fills: FillerOptions["fills"];
  readonly reached: (
    point:
      | FillPoint
      | "aggregator.read"
      | "aggregator.gathered"
      | "aggregator.inserted"
      | "aggregator.compared"
      | "aggregator.rolled"
      | "aggregator.appended"
      | "aggregator.repair"
      | "aggregator.mended",
  ) => void;
  /** Told when a part in ClickHouse differs from the log, and with nothing when it no longer does. */
  readonly raise: (differences: readonly string[]) => void;
  readonly told: RepairsTold & FillsTold;
  /** Makes tables again that somebody dropped. */
  readonly restore: () => Promise<void>;
  /** Milliseconds of any clock that goes forward: paces the looks at closed parts, and nothing else. */
  readonly now?: () => number;
  readonly lookMs?: number;
  readonly scrubMs?: number;
}

const limits = { bytesMax: 4 * 1024 * 1024, waitMsMax: 500 };
const rowsMaxUsual = 10_000;
const lookMsUsual = 2_000;
const scrubMsUsual = 10_000;
const restMs = 30_000;

const noMeters: ReadonlyMap<string, readonly Meter[]> = new Map();

export interface Sink extends Turning {
  /** The offset of the first record that is not wholly dealt with: a barrier is when its part is compared. */
  position(): number;
  /** The last offset of `usage.raw` up to which ClickHouse has all that was accepted; -1: none is known. */
  through(): number;
}

/** The part being gathered: a function of the log from the end of the part before it. */
interface OpenPart {
  readonly cut: number;
  /** Where it begins: in `usage.accepted`, and after which source. */
  readonly from: number;
  readonly after: number;
  readonly catalogOffset: number;
  /** The part's last repair: in the token of every insert. */
  readonly repair: number;
  readonly meters: MetersByTenant;
  readonly control: PartControl;
}

/**
 * Takes one partition of `usage.accepted` into ClickHouse, from the end of its last part on. What an insert holds
 * follows from the log alone, so the last that a predecessor sent before it died is sent again under the same token.
 * What it sent before that one is not: ClickHouse has it, or the comparison at the barrier finds that it has not.
 */
export async function openSink(options: SinkOptions): Promise<Sink> {
  const { log, partition, rowsMax = rowsMaxUsual } = options;
  const writer = await log.transactor(`aggregator.${partition}`);
  const cuts = await options.cuts();
  const before = lastPart(cuts, partition);
  let part = await openPart(options, {
    cut: before === undefined ? 0 : before.cut + 1,
    from: before?.end_offset ?? 0,
    after: before?.raw_end_offset ?? -1,
    catalogOffset: catalogOffsetOf(cuts, before),
  });
  /** The highest source of the open part that was sent before: inserts below it were answered. */
  let held = await options.columns.readHighest({ cut: part.cut, partition });
  let next = part.from;
  /** The last source taken. */
  let taken = part.after;
  /** The last source of the last insert's range. */
  let inserted = taken;
  let rows: MeasuredEvent[] = [];
  /** A barrier whose part is not yet found equal. */
  let ending: { barrier: BarrierPassed; endOffset: number } | undefined;
  let batch: readonly LogRecord[] = [];
  let at = 0;
  const now = options.now ?? (() => performance.now());
  /** How long the open part's last step took. */
  let openMs = 0;
  const attempts = createAttempts({ now, restMs });
  const lookMs = options.lookMs ?? lookMsUsual;
  const scrubMs = options.scrubMs ?? scrubMsUsual;
  const keeper = createKeeper({ ...options, rowsMax, append, now, lookMs, scrubMs });
  const filler = createFiller({ ...options, rowsMax, append, now, lookMs });

  async function append(facts: readonly CutFact[]): Promise<void> {
    await writer.commit(
      facts.map((fact) => ({ topic: topics.cuts, partition: 0, key: null, value: encode(fact) })),
    );
  }

  async function insertUpTo(rawOffset: number): Promise<void> {
    if (rows.length > 0 && rawOffset >= held) {
      options.reached("aggregator.gathered");
      await options.columns.insertMeasured(rangeOf(inserted + 1, rawOffset), rows);
      options.reached("aggregator.inserted");
    }
    rows = [];
    inserted = rawOffset;
  }

  function rangeOf(from: number, to: number): InsertRange {
    const { cut, repair } = part;
    return { generation: options.generation, cut, partition, from, to, repair };
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
    // A range that ends where the part ends: one per part, the same for whoever builds them.
    await options.columns.buildRollups(rangeOf(barrier.raw_offset, barrier.raw_offset));
    options.reached("aggregator.rolled");
    const differences = differencesOf([compared], await options.columns.readControls(range));
    options.reached("aggregator.compared");
    options.raise(differences);
    if (differences.length > 0) return mend(differences);
    const fact: PartCompared = {
      kind: "PartCompared",
      cut: part.cut,
      partition,
      end_offset: endOffset,
      raw_end_offset: barrier.raw_offset,
      repair: part.repair,
      tenants,
      digest: partDigest(part.cut, partition, tenants),
      merkle_root: null,
    };
    await append([fact]);
    options.reached("aggregator.appended");
    if (part.repair > 0) options.told.ended([fact]);
    attempts.helped(String(fact.cut));
    part = await openPart(options, {
      cut: barrier.cut + 1,
      from: endOffset,
      after: barrier.raw_offset,
      catalogOffset: barrier.catalog_offset,
    });
    ending = undefined;
    return true;
  }

  /** Removes the part's rows and reads it again from its beginning, under the number of a repair that is on the log. */
  async function mend(differences: readonly string[]): Promise<boolean> {
    const { cut, repair } = part;
    const attempt = attempts.next(String(cut));
    if (attempt === "give up") options.told.givenUp(differences);
    if (attempt !== "try") return false;
    const begun = repairBegun({ cut, partition }, repair + 1, differences);
    await options.restore();
    await append([begun]);
    options.told.begun([begun]);
    options.reached("aggregator.repair");
    await options.columns.deleteCuts({ span: spanOf(cut), partition }, [cut]);
    options.reached("aggregator.mended");
    part = { ...part, repair: begun.repair, control: createPartControl() };
    held = -1;
    next = part.from;
    taken = part.after;
    inserted = taken;
    rows = [];
    batch = [];
    at = 0;
    ending = undefined;
    return true;
  }

  async function takeOn(waitMsMax: number): Promise<"worked" | "idle" | "waiting"> {
    // A part that differs after all its repairs is looked at again and again, and raised: that is no silence.
    if (ending !== undefined) return (await endPart(ending)) ? "worked" : "waiting";
    if (at === batch.length) {
      const fetched = await log.fetch(topics.usageAccepted, partition, next, {
        ...limits,
        waitMsMax,
      });
      next = fetched.next;
      batch = fetched.records;
      at = 0;
      if (batch.length === 0) return "idle";
      options.reached("aggregator.read");
    }
    for (; at < batch.length && ending === undefined; at += 1)
      await takeRecord(batch[at] as LogRecord);
    return "worked";
  }

  async function takeRecord(record: LogRecord): Promise<void> {
    const fact = decode(record.value);
    switch (fact.kind) {
      case "UsageAccepted":
        return take(fact);
      case "DeduperProgressed":
        if (fact.ends_insert && fact.raw_offset > inserted) await insertUpTo(fact.raw_offset);
        taken = Math.max(taken, fact.raw_offset);
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

  /** Steps for the closed parts, for as long as the open one's last step took: neither waits for the other to be done. */
  async function tend(): Promise<"worked" | "idle"> {
    const until = now() + openMs;
    for (;;) {
      const outcome = await tendOnce();
      if (outcome === "idle" || now() >= until) return outcome;
    }
  }

  /** They are either judged or added to: what is half filled would look like damage. */
  async function tendOnce(): Promise<"worked" | "idle"> {
    if (filler.isBusy()) return filler.turn(part.cut);
    const kept = await keeper.turn(part.cut);
    return kept === "worked" ? kept : filler.turn(part.cut);
  }

  return {
    async turn() {
      const kept = await tend();
      const begunAt = now();
      const outcome = await takeOn(kept === "worked" ? 0 : limits.waitMsMax);
      openMs = outcome === "worked" ? now() - begunAt : 0;
      return kept === "worked" ? "worked" : outcome;
    },
    position() {
      if (ending !== undefined) return ending.endOffset - 1;
      return batch[at]?.offset ?? next;
    },
    // What was not taken is in no row: only rows that wait are missing.
    through: () => (rows.length > 0 ? inserted : taken),
    close: () => writer.close(),
  };
}

async function openPart(
  options: SinkOptions,
  begin: Pick<OpenPart, "cut" | "from" | "after" | "catalogOffset">,
): Promise<OpenPart> {
  const cuts = await options.cuts();
  return {
    ...begin,
    repair: lastRepair(cuts, { cut: begin.cut, partition: options.partition }),
    meters: await options.metersBelow(begin.catalogOffset),
    control: createPartControl(),
  };
}

// The meters of a cut are those known at the barrier before it; before the first barrier nothing is accepted.
function catalogOffsetOf(cuts: Cuts, before: PartCompared | undefined): number {
  return before === undefined ? 0 : (cuts.opened[before.cut]?.catalog_offset ?? 0);
}
