import type { Books } from "./books.ts";
import { decideLog } from "./decide-log.ts";
import type { DecideOptions } from "./decide-log.ts";
import { customersOf } from "./decide-partition.ts";
import type { PartitionDecided } from "./decide-partition.ts";
import type { DecidedRecord } from "./decider.ts";
import type { Consumer } from "./gather.ts";
import type { HeldUse } from "./held-use.ts";
import type { Reading } from "./replayed.ts";

/** All of `usage.raw` up to a cut, decided again. */
export interface DecidedLog {
  readonly readingOf: (tenant: string) => Reading;
}

/** Records that a thread hands over at once, at most. */
const pieceMaxUsual = 5_000;

/** Reads all of `usage.raw` once, for whoever the uses are of; of their records so many are held, and a piece more. */
export async function decideAll(
  options: DecideOptions,
  books: Books,
  of: {
    readonly cut: number;
    readonly uses: readonly HeldUse<Consumer>[];
    readonly heldMax: number;
  },
): Promise<DecidedLog> {
  const { cuts, settings } = books;
  const { cut, uses, heldMax } = of;
  const byOwner = Map.groupBy(uses, ({ use }) => ownerName(use.tenant, use.customer));
  const owners = [...byOwner.values()].flatMap(([one]) =>
    one === undefined ? [] : [{ tenant: one.use.tenant, customer: one.use.customer }],
  );
  const partitions = cuts.deployment?.partitions ?? 0;
  const publicKey = cuts.deployment?.public_key ?? new Uint8Array();
  const tasks = Array.from({ length: partitions }, (_, partition) => {
    const part = cuts.parts[cut]?.get(partition);
    if (part === undefined) throw new Error(`cut ${cut} has no part of partition ${partition}`);
    const to = part.raw_end_offset + 1;
    const pieceMax = Math.min(pieceMaxUsual, heldMax);
    return { partition, partitions, publicKey, settings, to, owners, pieceMax };
  });
  const decided = await decideLog(options, tasks, async (records) => {
    for (const record of records) holdRecord(byOwner, record);
    await releaseMany(of);
  });
  for (const { partition, barriers } of decided) refuseMovedBarriers(books, partition, barriers);
  return { readingOf: (tenant) => readingOf(tenant, cut, decided) };
}

function ownerName(tenant: string, customer: string): string {
  return JSON.stringify([tenant, customer]);
}

function holdRecord(
  byOwner: ReadonlyMap<string, readonly HeldUse<Consumer>[]>,
  record: DecidedRecord,
): void {
  if (record.event === null) return;
  for (const customer of new Set(customersOf(record.event)))
    for (const use of byOwner.get(ownerName(record.tenant, customer)) ?? [])
      if (use.owns(record)) use.hold(record);
}

/** Where too much is held, the uses that hold most let go of it, until half of it is left. */
async function releaseMany({
  uses,
  heldMax,
}: {
  readonly uses: readonly HeldUse<Consumer>[];
  readonly heldMax: number;
}): Promise<void> {
  let held = uses.reduce((sum, use) => sum + use.size(), 0);
  if (held <= heldMax) return;
  for (const use of uses.toSorted((one, other) => other.size() - one.size())) {
    if (held <= heldMax / 2) return;
    held -= use.size();
    await use.release();
  }
}

function readingOf(tenant: string, cut: number, partitions: readonly PartitionDecided[]): Reading {
  const total = (count: (of: PartitionDecided) => number) =>
    partitions.reduce((sum, of) => sum + count(of), 0);
  return {
    kind: "full",
    cut,
    records: total((of) => of.records),
    accepted: total(({ counts }) => counts.accepted),
    duplicates: total(({ counts }) => counts.duplicate),
    conflicts: total(({ counts }) => counts.conflict),
    refused: total(({ counts }) => counts.refused),
    nameless: total(({ nameless }) => nameless.get(tenant) ?? 0),
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
