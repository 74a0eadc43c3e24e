import { setTimeout as sleep } from "node:timers/promises";

import { ColumnsUnavailable, mirroredTopics, mirrorTables } from "@tallybook/columns";
import type { Columns, MirrorRange, MirrorSource, TableTotal } from "@tallybook/columns";
import { findLast } from "@tallybook/log";
import type { Log } from "@tallybook/log";

/** What the log has of the mirrored topics: each source up to its last record. */
export async function mirroredRanges(log: Log, partitions: number): Promise<MirrorRange[]> {
  const sources: MirrorSource[] = mirroredTopics.flatMap((topic) =>
    Array.from({ length: mirrorTables[topic].isPartitioned ? partitions : 1 }, (_, partition) => ({
      topic,
      partition,
    })),
  );
  const ranges: MirrorRange[] = [];
  for (const { topic, partition } of sources) {
    const to = await findLast(log, topic, partition, ({ offset }) => offset);
    if (to !== undefined) ranges.push({ topic, partition, from: 0, to });
  }
  return ranges;
}

/** Rows and digest of each mirrored partition, under the name of its table. */
export async function readMirrored(
  { mirror }: Pick<Columns, "mirror">,
  ranges: readonly MirrorRange[],
): Promise<TableTotal[]> {
  const totals: TableTotal[] = [];
  for (const range of ranges) {
    const { table, isPartitioned } = mirrorTables[range.topic];
    const name = isPartitioned ? `${table}/${range.partition}` : table;
    totals.push({ table: name, ...(await mirror.readTotal(range)) });
  }
  return totals;
}

/**
 * Waits until the mirror has come as far as the log was. Returns the first range that it has not reached when nothing came for
 * so long, undefined when all is there.
 */
export async function untilMirrored(
  { mirror }: Pick<Columns, "mirror">,
  ranges: readonly MirrorRange[],
  { patienceMs, lookMs }: { readonly patienceMs: number; readonly lookMs: number },
): Promise<MirrorRange | undefined> {
  let most = -1;
  let movedAt = performance.now();
  for (;;) {
    let sum = 0;
    let behind: MirrorRange | undefined;
    for (const range of ranges) {
      const highest = await mirror.readHighest(range).catch((error: unknown) => {
        // While its table is not there.
        if (error instanceof ColumnsUnavailable) return -1;
        throw error;
      });
      sum += highest;
      if (highest < range.to) behind ??= range;
    }
    if (behind === undefined) return undefined;
    if (sum > most) {
      most = sum;
      movedAt = performance.now();
    }
    if (performance.now() - movedAt > patienceMs) return behind;
    await sleep(lookMs);
  }
}
