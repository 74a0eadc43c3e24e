import type { Columns, MeasuredEvent } from "@tallybook/columns";
import type { Log, LogRecord } from "@tallybook/log";
import { createPartControl, measure, partDigest } from "@tallybook/usage";
import type { Cuts, Meter, PartCompared } from "@tallybook/usage";
import { decode, topics } from "@tallybook/wire";

import type { MetersByTenant } from "./meters.ts";

export interface ReplayOptions {
  readonly log: Log;
  readonly columns: Pick<Columns, "insertMeasured" | "buildRollups">;
  readonly partition: number;
  readonly generation: number;
  readonly rowsMax: number;
  readonly metersBelow: (catalogOffset: number) => Promise<MetersByTenant>;
}

/** A stretch of the log, read once for all parts that stand in it one behind the other. */
export interface LogReader {
  /** Records from an offset on; empty only where the log ends. */
  readonly read: (from: number) => Promise<{ records: readonly LogRecord[]; next: number }>;
}

const limits = { bytesMax: 4 * 1024 * 1024, waitMsMax: 500 };
const noMeters: ReadonlyMap<string, readonly Meter[]> = new Map();

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

/**
 * Inserts a compared part again, as the log has it, under tokens of this repair; yields after each bounded step. Returns
 * whether the log still gives what was compared: it always should.
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
  const before = cuts.parts[cut - 1]?.get(partition);
  const meters = await options.metersBelow(cuts.opened[cut - 1]?.catalog_offset ?? 0);
  const control = createPartControl();
  let taken = before?.raw_end_offset ?? -1;
  let rows: MeasuredEvent[] = [];

  async function insert(): Promise<void> {
    const [first, last] = [rows[0], rows.at(-1)];
    if (first === undefined || last === undefined) return;
    const [from, to] = [first.event.raw_offset, last.event.raw_offset];
    await columns.insertMeasured({ generation, cut, partition, from, to, repair }, rows);
    rows = [];
  }

  for (let next = before?.end_offset ?? 0; next < part.end_offset;) {
    const read = await reader.read(next);
    if (read.next <= next)
      throw new Error(`partition ${partition}: the log ends at ${next}, inside cut ${cut}`);
    for (const record of read.records) {
      if (record.offset >= part.end_offset) break;
      const fact = decode(record.value);
      if (fact.kind !== "UsageAccepted" || fact.raw_offset <= taken) continue;
      taken = fact.raw_offset;
      const measured = measure(fact, meters.get(fact.tenant) ?? noMeters);
      control.add(fact, measured);
      rows.push({ event: fact, measured });
      if (rows.length >= rowsMax) {
        await insert();
        yield;
      }
    }
    next = read.next;
  }
  await insert();
  const end = part.raw_end_offset;
  await columns.buildRollups({ generation, cut, partition, from: end, to: end, repair });
  return Buffer.compare(partDigest(cut, partition, control.totals()), part.digest) === 0;
}
