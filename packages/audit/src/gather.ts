import type { Columns } from "@tallybook/columns";
import type { Log } from "@tallybook/log";

import type { Books } from "./books.ts";
import { decideLog } from "./decide-log.ts";
import type { DecideOptions } from "./decide-log.ts";
import type { DecidedRecord } from "./decider.ts";
import type { Use } from "./events.ts";
import { compareNames, decideNamed, readNames } from "./named.ts";
import type { Compared, Reading } from "./replayed.ts";

export interface GatherOptions extends Omit<DecideOptions, "log"> {
  readonly log: Log;
  readonly columns: Pick<Columns, "readNamed"> | undefined;
  /** All of `usage.raw` up to the cut; else what ClickHouse names. */
  readonly full: boolean;
}

/** The records of a customer, decided again, and by which reading. */
export interface Gathered {
  readonly records: readonly DecidedRecord[];
  readonly compared: readonly Compared[];
  readonly reading: Reading;
}

/** The records that bear on a use: those that ClickHouse names, or all that there are. */
export async function gather(options: GatherOptions, books: Books, use: Use): Promise<Gathered> {
  if (options.full) return gatherAll(options, books, use);
  if (options.columns === undefined)
    throw new Error("without all of usage.raw, ClickHouse has to say which events there are");
  const named = await readNames(options.columns, books.cuts, use);
  const records = await decideNamed(options.log, books, named);
  return {
    records,
    compared: compareNames(books, use, named, records),
    reading: { kind: "named", cut: use.cutMax, records: records.length },
  };
}

async function gatherAll(
  { columns, ...options }: GatherOptions,
  books: Books,
  use: Use,
): Promise<Gathered> {
  const { cuts, settings } = books;
  const { tenant, customer, cutMax } = use;
  const partitions = cuts.deployment?.partitions ?? 0;
  const publicKey = cuts.deployment?.public_key ?? new Uint8Array();
  const tasks = Array.from({ length: partitions }, (_, partition) => {
    const part = cuts.parts[cutMax]?.get(partition);
    if (part === undefined) throw new Error(`cut ${cutMax} has no part of partition ${partition}`);
    const to = part.raw_end_offset + 1;
    return { partition, partitions, publicKey, settings, to, tenant, customer };
  });
  const decided = await decideLog(options, tasks);
  for (const { partition, barriers } of decided) refuseMovedBarriers(books, partition, barriers);
  const records = decided.flatMap(({ own }) => own);
  const total = (count: (of: (typeof decided)[number]) => number) =>
    decided.reduce((sum, of) => sum + count(of), 0);
  return {
    records,
    compared:
      columns === undefined
        ? []
        : compareNames(books, use, await readNames(columns, cuts, use), records),
    reading: {
      kind: "full",
      cut: cutMax,
      records: total((of) => of.records),
      accepted: total(({ counts }) => counts.accepted),
      duplicates: total(({ counts }) => counts.duplicate),
      conflicts: total(({ counts }) => counts.conflict),
      refused: total(({ counts }) => counts.refused),
      nameless: total(({ nameless }) => nameless),
    },
  };
}

/** The cuts of the bill ended where `cuts` says. */
function refuseMovedBarriers(
  { cuts }: Books,
  partition: number,
  barriers: readonly number[],
): void {
  for (const [cut, offset] of barriers.entries()) {
    const part = cuts.parts[cut]?.get(partition);
    if (part !== undefined && part.raw_end_offset !== offset)
      throw new Error(
        `barrier ${cut} of partition ${partition} stands at offset ${offset} of usage.raw, and cuts says ${part.raw_end_offset}`,
      );
  }
}
