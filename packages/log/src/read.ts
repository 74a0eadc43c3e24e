import type { Fetched, Log, LogRecord } from "./log.ts";

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
 * Reads a partition to `to`, exclusive, or to where it ended when the reading began, fetch by fetch: the next is on its way while one is
 * looked at.
 */
export async function* readAhead(
  log: Log,
  topic: string,
  partition: number,
  range: { readonly from?: number; readonly to?: number } = {},
): AsyncGenerator<readonly LogRecord[]> {
  const end = Math.min(range.to ?? Number.POSITIVE_INFINITY, await log.endOffset(topic, partition));
  const from = range.from ?? 0;
  const limits = { bytesMax, waitMsMax: 500 };
  let coming = from < end ? log.fetch(topic, partition, from, limits) : undefined;
  try {
    while (coming !== undefined) {
      const { records, next }: Fetched = await coming;
      coming = next < end ? log.fetch(topic, partition, next, limits) : undefined;
      // One that is never looked at again fails with nobody to tell.
      coming?.catch(() => {});
      yield (records.at(-1)?.offset ?? 0) < end
        ? records
        : records.filter(({ offset }) => offset < end);
    }
  } finally {
    await coming?.catch(() => {});
  }
}

/** Bytes that take as long to come as another question does. */
const bytesOfAQuestion = 128 * 1024;

/**
 * Reads the records at named offsets, ascending: what lies close together in one fetch, what lies far apart each by a seek of its own.
 * Where no committed record stands at an offset, none comes.
 */
export async function* readNamed(
  log: Log,
  topic: string,
  partition: number,
  offsets: readonly number[],
): AsyncGenerator<LogRecord> {
  const end = await log.endOffset(topic, partition);
  const wanted = offsets.filter((offset) => offset < end).toSorted((one, other) => one - other);
  let bytesOfOne = 256;
  for (let at = 0; at < wanted.length;) {
    const from = wanted[at] as number;
    const limits = { bytesMax: bytesOfRun(wanted, at, bytesOfOne), waitMsMax: 0 };
    const { records, next } = await log.fetch(topic, partition, from, limits);
    let bytes = 0;
    for (const record of records) {
      bytes += record.value.length + (record.key?.length ?? 0);
      while ((wanted[at] ?? Infinity) < record.offset) at += 1;
      if (wanted[at] === record.offset) yield record;
    }
    if (records.length > 0) bytesOfOne = Math.ceil(bytes / records.length);
    // What a marker or an aborted record stands at is passed over.
    const behind = Math.max(next, from + 1);
    while ((wanted[at] ?? Infinity) < behind) at += 1;
  }
}

/** Bytes from an offset to the last behind it to which reading on is cheaper than asking again. */
function bytesOfRun(wanted: readonly number[], at: number, bytesOfOne: number): number {
  const from = wanted[at] as number;
  let to = from;
  for (let next = at + 1; next < wanted.length; next += 1) {
    const offset = wanted[next] as number;
    if ((offset - to) * bytesOfOne > bytesOfAQuestion) break;
    to = offset;
    if ((to - from) * bytesOfOne > bytesMax) break;
  }
  return to === from ? 1 : Math.min(bytesMax, (to - from + 1) * bytesOfOne);
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
