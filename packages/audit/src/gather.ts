import type { Columns } from "@tallybook/columns";
import type { Log } from "@tallybook/log";
import type { UsageAccepted } from "@tallybook/usage";

import type { Books } from "./books.ts";
import { decideLog } from "./decide-log.ts";
import type { DecideOptions } from "./decide-log.ts";
import { customersOf } from "./decide-partition.ts";
import type { PartitionDecided } from "./decide-partition.ts";
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
  if (!options.full) return gatherNamed(options, books, use);
  return gatherDecided(options, books, use, await decideAll(options, books, [use]));
}

export async function gatherNamed(
  { log, columns }: Pick<GatherOptions, "log" | "columns">,
  books: Books,
  use: Use,
): Promise<Gathered> {
  if (columns === undefined)
    throw new Error("without all of usage.raw, ClickHouse has to say which events there are");
  const named = await readNames(columns, books.cuts, use);
  const records = await decideNamed(log, books, named);
  return {
    records,
    compared: compareNames(books, use, named, records),
    reading: { kind: "named", cut: use.cutMax, records: records.length },
  };
}

/** All of `usage.raw` up to the last cut of some uses, decided again. */
export interface DecidedLog {
  readonly cut: number;
  readonly partitions: readonly PartitionDecided[];
}

/** Reads all of `usage.raw` once, for whoever the uses are of: their records are kept in memory. */
export async function decideAll(
  options: DecideOptions,
  books: Books,
  uses: readonly Use[],
): Promise<DecidedLog> {
  const { cuts, settings } = books;
  const cut = Math.max(...uses.map(({ cutMax }) => cutMax));
  const owners = [...new Map(uses.map((use) => [ownerName(use), use])).values()].map(
    ({ tenant, customer }) => ({ tenant, customer }),
  );
  const partitions = cuts.deployment?.partitions ?? 0;
  const publicKey = cuts.deployment?.public_key ?? new Uint8Array();
  const tasks = Array.from({ length: partitions }, (_, partition) => {
    const part = cuts.parts[cut]?.get(partition);
    if (part === undefined) throw new Error(`cut ${cut} has no part of partition ${partition}`);
    return { partition, partitions, publicKey, settings, to: part.raw_end_offset + 1, owners };
  });
  const decided = await decideLog(options, tasks);
  for (const { partition, barriers } of decided) refuseMovedBarriers(books, partition, barriers);
  return { cut, partitions: decided };
}

function ownerName({ tenant, customer }: Use): string {
  return JSON.stringify([tenant, customer]);
}

/** What of a decided log bears on a use, beside what ClickHouse says of it, if that is asked. */
export async function gatherDecided(
  { columns }: Pick<GatherOptions, "columns">,
  books: Books,
  use: Use,
  { cut, partitions }: DecidedLog,
): Promise<Gathered> {
  const records = partitions
    .flatMap(({ own }) => own)
    .filter(({ tenant, event }) => tenant === use.tenant && event !== null && isOf(use, event));
  const total = (count: (of: PartitionDecided) => number) =>
    partitions.reduce((sum, of) => sum + count(of), 0);
  return {
    records,
    compared:
      columns === undefined
        ? []
        : compareNames(books, use, await readNames(columns, books.cuts, use), records),
    reading: {
      kind: "full",
      cut,
      records: total((of) => of.records),
      accepted: total(({ counts }) => counts.accepted),
      duplicates: total(({ counts }) => counts.duplicate),
      conflicts: total(({ counts }) => counts.conflict),
      refused: total(({ counts }) => counts.refused),
      nameless: total(({ nameless }) => nameless.get(use.tenant) ?? 0),
    },
  };
}

function isOf({ customer, cutMax }: Use, event: UsageAccepted): boolean {
  return event.cut <= cutMax && customersOf(event).includes(customer);
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
