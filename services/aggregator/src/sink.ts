import { spanOf } from "@tallybook/columns";
import type { Columns, InsertRange, MeasuredEvent } from "@tallybook/columns";
import type { Log, LogRecord, Turning } from "@tallybook/log";
import { createPartControl, lastPart } from "@tallybook/usage";
import type { BarrierPassed, CutFact, UsageAccepted } from "@tallybook/usage";
import { decode, encode, topics } from "@tallybook/wire";

import { createAttempts } from "./attempts.ts";
import { createFiller } from "./filler.ts";
import type { FillerOptions, FillPoint, FillsTold } from "./filler.ts";
import { createKeeper } from "./keeper.ts";
import type { KeeperOptions } from "./keeper.ts";
import { catalogOffsetOf, compareEnded, endOf, openPart } from "./parts.ts";
import type { EndedPart, PartOptions } from "./parts.ts";
import { repairBegun } from "./repairs.ts";
import type { RepairsTold } from "./repairs.ts";

export interface SinkOptions extends PartOptions {
  readonly log: Log;
  readonly columns: KeeperOptions["columns"] &
    FillerOptions["columns"] &
    Pick<Columns, "readHighest">;
  /** Of the deployment. */
  readonly partitions: number;
  readonly generation: number;
  /** Rows of one insert, at most: part of what an insert's range follows from, so never changed for a deployment. */
  readonly rowsMax?: number;
  readonly meterOf: FillerOptions["meterOf"];
  readonly requestedAt: FillerOptions["requestedAt"];
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
/** Parts that are compared together, at most: what a death leaves to be compared again. */
const endedMax = 8;
const lookMsUsual = 2_000;
const scrubMsUsual = 10_000;
const restMs = 30_000;

export interface Sink extends Turning {
  /** The offset of the first record that is not wholly dealt with: a barrier is when its part is compared. */
  position(): number;
  /** The last offset of `usage.raw` up to which ClickHouse has all that was accepted; -1: none is known. */
  through(): number;
}

/**
 * Takes one partition of `usage.accepted` into ClickHouse, from the end of its last part on. What an insert holds
 * follows from the log alone, so the last that a predecessor sent before it died is sent again under the same token.
 * What it sent before that one is not: ClickHouse has it, or the comparison of its part finds that it has not.
 * Parts whose barriers come in one batch are compared together, by one reading: what is inserted, and under which tokens,
 * is what it would be with each of them alone.
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
  /** Parts in a row that ClickHouse should have, and that are not yet found equal. */
  let ended: EndedPart[] = [];
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
    const measuring = part.measure(event);
    // Nobody waits but a correction: a promise for each event would cost as much as measuring it.
    const measured = measuring instanceof Promise ? await measuring : measuring;
    part.control.add(event, measured);
    rows.push({ event, measured });
    if (rows.length >= rowsMax) await insertUpTo(event.raw_offset);
  }

  async function endPart(barrier: BarrierPassed, endOffset: number): Promise<void> {
    await insertUpTo(barrier.raw_offset);
    taken = barrier.raw_offset;
    // A range that ends where the part ends: one per part, the same for whoever builds them.
    await options.columns.buildRollups(rangeOf(barrier.raw_offset, barrier.raw_offset));
    options.reached("aggregator.rolled");
    ended.push(endOf(part, options.partition, barrier.raw_offset, endOffset));
    const begin = {
      cut: barrier.cut + 1,
      from: endOffset,
      after: barrier.raw_offset,
      catalogOffset: barrier.catalog_offset,
    };
    part = await openPart(options, begin, ended);
  }

  /** Says on the log which of the ended parts are equal, up to the first that is not; that one is made again. */
  async function compare(): Promise<boolean> {
    const { equal, different } = await compareEnded(options.columns, ended);
    options.reached("aggregator.compared");
    options.raise(different?.words ?? []);
    if (equal.length > 0) {
      await append(equal);
      options.reached("aggregator.appended");
      ended = ended.slice(equal.length);
      const repaired = equal.filter(({ repair }) => repair > 0);
      if (repaired.length > 0) options.told.ended(repaired);
      for (const { cut } of equal) attempts.helped(String(cut));
    }
    return different === undefined || mend(different.ended, different.words);
  }

  /**
   * Removes an ended part's rows and reads on from its beginning, under the number of a repair that is on the log. What
   * stands behind it is sent again as well, under the tokens that it has.
   */
  async function mend(of: EndedPart, differences: readonly string[]): Promise<boolean> {
    const { cut, repair } = of.part;
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
    part = { ...of.part, repair: begun.repair, control: createPartControl() };
    held = -1;
    next = part.from;
    taken = part.after;
    inserted = taken;
    rows = [];
    batch = [];
    at = 0;
    ended = [];
    return true;
  }

  async function takeOn(waitMsMax: number): Promise<"worked" | "idle" | "waiting"> {
    // A part that differs after all its repairs is looked at again and again, and raised: that is no silence.
    if (ended.length >= endedMax || (ended.length > 0 && at === batch.length))
      return (await compare()) ? "worked" : "waiting";
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
    for (const { cut } = part; at < batch.length && part.cut === cut; at += 1)
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
        return endPart(fact, record.offset + 1);
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
    const { cut } = ended[0]?.part ?? part;
    if (filler.isBusy()) return filler.turn(cut);
    const kept = await keeper.turn(cut, part.cut);
    return kept === "worked" ? kept : filler.turn(cut);
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
      const [first] = ended;
      if (first !== undefined) return first.compared.end_offset - 1;
      return batch[at]?.offset ?? next;
    },
    // What was not taken is in no row: only rows that wait are missing.
    through: () => (rows.length > 0 ? inserted : taken),
    close: () => writer.close(),
  };
}
