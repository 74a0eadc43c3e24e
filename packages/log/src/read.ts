import type { Log, LogRecord } from "./log.ts";

const bytesMax = 4 * 1024 * 1024;

/** Reads a partition from an offset to where it ended when the reading began, or to `to`, exclusive. */
export async function* readAll(
  log: Log,
  topic: string,
  partition: number,
  range: { readonly from?: number; readonly to?: number } = {},
): AsyncGenerator<LogRecord> {
  const end = Math.min(range.to ?? Number.POSITIVE_INFINITY, await log.endOffset(topic, partition));
  let next = range.from ?? 0;
  while (next < end) {
    const fetched = await log.fetch(topic, partition, next, { bytesMax, waitMsMax: 500 });
    for (const record of fetched.records) {
      if (record.offset >= end) return;
      yield record;
    }
    next = fetched.next;
  }
}

/**
 * The last record before the committed end for which `isFound` holds, searched from the end backwards in growing steps.
 * Undefined where there is none.
 */
export async function findLast<Found>(
  log: Log,
  topic: string,
  partition: number,
  find: (record: LogRecord) => Found | undefined,
  { spanMin = 1_000 }: { readonly spanMin?: number } = {},
): Promise<Found | undefined> {
  let to = await log.endOffset(topic, partition);
  for (let span = spanMin; to > 0; span *= 4) {
    const from = Math.max(0, to - span);
    let last: Found | undefined;
    for await (const record of readAll(log, topic, partition, { from, to }))
      last = find(record) ?? last;
    if (last !== undefined) return last;
    to = from;
  }
  return undefined;
}

/**
 * Whether committed records stand at an offset or behind it. The end of a partition does not tell: markers of transactions
 * and aborted records take offsets too.
 */
export async function isBehind(
  log: Log,
  topic: string,
  partition: number,
  from: number,
): Promise<boolean> {
  const end = await log.endOffset(topic, partition);
  for (let next = from; next < end;) {
    const fetched = await log.fetch(topic, partition, next, { bytesMax: 1, waitMsMax: 0 });
    if (fetched.records.length > 0) return true;
    if (fetched.next === next) return false;
    next = fetched.next;
  }
  return false;
}
