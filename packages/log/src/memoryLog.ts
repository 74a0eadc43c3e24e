import { Fenced, OffsetBeyondEnd } from "./log.ts";
import type { Fetched, Log, LogRecord, OutRecord, Producer, Transactor } from "./log.ts";

/** A log in memory, under the same contract as Kafka's: for tests and the simulation. */
export interface MemoryLog extends Log {
  /** Milliseconds that the next records are stamped with. */
  setTime(timeMs: number): void;
  /** All records of a partition. */
  recordsOf(topic: string, partition: number): readonly LogRecord[];
}

export function createMemoryLog(): MemoryLog {
  const partitions = new Map<string, LogRecord[]>();
  const epochs = new Map<string, number>();
  let now = 0;

  function partitionOf(topic: string, partition: number): LogRecord[] {
    const records = partitions.get(`${topic}/${partition}`);
    if (records === undefined)
      throw new Error(`no partition ${partition} of ${topic}: prepare it first`);
    return records;
  }

  function append(record: OutRecord): number {
    const records = partitionOf(record.topic, record.partition);
    records.push({ offset: records.length, timestamp: now, key: record.key, value: record.value });
    return records.length - 1;
  }

  return {
    setTime(timeMs) {
      now = timeMs;
    },
    recordsOf: partitionOf,
    async prepareTopics(specs) {
      for (const { topic, partitions: count } of specs) {
        for (let partition = 0; partition < count; partition += 1) {
          const name = `${topic}/${partition}`;
          if (!partitions.has(name)) partitions.set(name, []);
        }
      }
    },
    async endOffset(topic, partition) {
      return partitionOf(topic, partition).length;
    },
    async fetch(topic, partition, from, { bytesMax }): Promise<Fetched> {
      const all = partitionOf(topic, partition);
      if (from > all.length)
        throw new OffsetBeyondEnd(`${topic}/${partition} ends at ${all.length}, not at ${from}`);
      const records: LogRecord[] = [];
      let bytes = 0;
      for (let at = from; at < all.length && (records.length === 0 || bytes < bytesMax); at += 1) {
        const record = all[at] as LogRecord;
        records.push(record);
        bytes += record.value.length;
      }
      return { records, next: from + records.length, end: all.length };
    },
    async producer(): Promise<Producer> {
      return { send: async (records) => records.map(append), close: async () => {} };
    },
    async transactor(id): Promise<Transactor> {
      const epoch = (epochs.get(id) ?? 0) + 1;
      epochs.set(id, epoch);
      return {
        async commit(records) {
          if (epochs.get(id) !== epoch) throw new Fenced(`${id}: a successor has opened`);
          records.forEach(append);
        },
        async close() {},
      };
    },
    async close() {},
  };
}
