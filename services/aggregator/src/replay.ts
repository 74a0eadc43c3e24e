import type { Columns, MeasuredEvent } from "@tallybook/columns";
import type { Log, LogRecord } from "@tallybook/log";
import {
  createFillControl,
  createPartControl,
  isSameFilled,
  lastUnaware,
  measureFilled,
  partDigest,
  replacedUnaware,
} from "@tallybook/usage";
import type {
  Cuts,
  Fill,
  FillControl,
  Measured,
  Meter,
  PartCompared,
  PartFilled,
  UsageAccepted,
} from "@tallybook/usage";
import { decode, topics } from "@tallybook/wire";

import { openMeasuring, partOfCuts } from "./measuring.ts";
import type { MeasuringOptions } from "./measuring.ts";

export interface ReplayOptions {
  readonly log: Log;
  readonly columns: Pick<Columns, "insertMeasured" | "buildRollups">;
  readonly partition: number;
  readonly generation: number;
  readonly rowsMax: number;
  readonly metersBelow: MeasuringOptions["metersBelow"];
  /** The version of a meter that a fill measures by. */
  readonly meterOf: (fill: Pick<PartFilled, "tenant" | "meter" | "version">) => Promise<Meter>;
  /** Where on `catalog` the fill was asked for. */
  readonly requestedAt: (fill: Pick<PartFilled, "tenant" | "meter" | "version">) => Promise<number>;
}

/** A stretch of the log, read once for all parts that stand in it one behind the other. */
export interface LogReader {
  /** Records from an offset on; empty only where the log ends. */
  readonly read: (from: number) => Promise<{ records: readonly LogRecord[]; next: number }>;
}

const limits = { bytesMax: 4 * 1024 * 1024, waitMsMax: 500 };

export function createLogReader(log: Log, partition: number): LogReader {
  let held: { from: number; next: number; records: readonly LogRecord[] } | undefined;
  return {
    async read(from) {
      if (held === undefined || from < held.from || from >= held.next) {
        const { records, next } = await log.fetch(topics.usageAccepted, partition, from, limits);
        held = { from, next, records };
      }
      return { records: held.records.filter(({ offset }) => offset >= from), next: held.next };
    },
  };
}

/** The events of a compared part, each once, some at a time. */
export async function* eventsOf(
  reader: LogReader,
  { parts }: Cuts,
  { cut, partition, end_offset }: PartCompared,
): AsyncGenerator<readonly UsageAccepted[], void> {
  const before = parts[cut - 1]?.get(partition);
  let taken = before?.raw_end_offset ?? -1;
  for (let next = before?.end_offset ?? 0; next < end_offset;) {
    const read = await reader.read(next);
    if (read.next <= next)
      throw new Error(`partition ${partition}: the log ends at ${next}, inside cut ${cut}`);
    const events: UsageAccepted[] = [];
    for (const record of read.records) {
      if (record.offset >= end_offset) break;
      const fact = decode(record.value);
      if (fact.kind !== "UsageAccepted" || fact.raw_offset <= taken) continue;
      taken = fact.raw_offset;
      events.push(fact);
    }
    yield events;
    next = read.next;
  }
}

/**
 * The sources in a partition of events that were corrected before anybody could know that their history is filled, and that a fill leaves
 * out therefore. Parts up to the last cut that did not know have to be compared.
 */
export async function replacedBefore(
  options: Pick<ReplayOptions, "requestedAt" | "partition">,
  reader: LogReader,
  cuts: Cuts,
  fill: Pick<Fill, "tenant" | "meter" | "version" | "last_cut">,
): Promise<ReadonlySet<number>> {
  const replaced = new Set<number>();
  const unaware = lastUnaware(cuts.opened, await options.requestedAt(fill));
  for (let cut = fill.last_cut + 1; cut <= unaware; cut += 1) {
    const part = cuts.parts[cut]?.get(options.partition);
    if (part === undefined)
      throw new Error(
        `cut ${cut} has no part of partition ${options.partition} yet, and what of the history of ${fill.meter} was corrected in it is not known`,
      );
    for await (const events of eventsOf(reader, cuts, part))
      for (const event of events) {
        const source = replacedUnaware(event, fill, unaware);
        if (source !== undefined) replaced.add(source);
      }
  }
  return replaced;
}

/** A meter whose history is filled, and what it adds to a part. */
interface FilledWith {
  readonly meter: Meter;
  /** Sources of events that the fill leaves out. */
  readonly replaced: ReadonlySet<number>;
  readonly added: PartFilled;
  readonly control: FillControl;
}

/**
 * Inserts a compared part again, as the log has it and with what was filled into it, under tokens of this repair; yields
 * after each bounded step. Returns whether the log still gives what was compared and filled: it always should.
 */
export async function* replayPart(
  options: ReplayOptions,
  reader: LogReader,
  cuts: Cuts,
  part: PartCompared,
  repair: number,
): AsyncGenerator<void, boolean> {
  const { columns, partition, generation, rowsMax } = options;
  const { cut } = part;
  const measure = await openMeasuring(options, cuts, partOfCuts(cuts, cut));
  const fills = await filledInto(options, reader, cuts, part);
  const control = createPartControl();
  let rows: MeasuredEvent[] = [];

  async function insert(): Promise<void> {
    const [first, last] = [rows[0], rows.at(-1)];
    if (first === undefined || last === undefined) return;
    const [from, to] = [first.event.raw_offset, last.event.raw_offset];
    await columns.insertMeasured({ generation, cut, partition, from, to, repair }, rows);
    rows = [];
  }

  for await (const events of eventsOf(reader, cuts, part)) {
    for (const event of events) {
      const measured = await measure(event);
      control.add(event, measured);
      rows.push({ event, measured: measuredWith(fills, event, measured) });
      if (rows.length >= rowsMax) {
        await insert();
        yield;
      }
    }
  }
  await insert();
  const end = part.raw_end_offset;
  await columns.buildRollups({ generation, cut, partition, from: end, to: end, repair });
  const isAsFilled = fills.every(({ added, control: of }) => isSameFilled(added, of.total()));
  const digest = partDigest(cut, partition, control.totals());
  return isAsFilled && Buffer.compare(digest, part.digest) === 0;
}

/** What an event's row says of it stays what its cut made of it: fills add measurements alone. */
function measuredWith(
  fills: readonly FilledWith[],
  event: UsageAccepted,
  measured: Measured,
): Measured {
  const own = fills.filter(({ meter }) => meter.tenant === event.tenant);
  const added = own.flatMap(({ meter, replaced, control }) => {
    const more = measureFilled(meter, event, replaced.has(event.raw_offset));
    control.add(event, measured.outcome, more);
    return more.measurements;
  });
  return { ...measured, measurements: [...measured.measurements, ...added] };
}

async function filledInto(
  options: ReplayOptions,
  reader: LogReader,
  cuts: Cuts,
  part: PartCompared,
): Promise<FilledWith[]> {
  const filled: FilledWith[] = [];
  for (const fill of cuts.fills.values()) {
    const added = fill.parts.get(part.partition)?.get(part.cut);
    if (added === undefined) continue;
    filled.push({
      meter: await options.meterOf(added),
      replaced: await replacedBefore(options, reader, cuts, fill),
      added,
      control: createFillControl(added, part),
    });
  }
  return filled;
}
