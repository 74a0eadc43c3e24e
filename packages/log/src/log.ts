/** A record as it stands in a partition. */
export interface LogRecord {
  readonly offset: number;
  /** When Kafka appended it, in milliseconds. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer;
}

/** A record to be appended. The writer names the partition: a rule of ours, never the client's. */
export interface OutRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer;
}

export interface FetchLimits {
  /** How much to read at once, in bytes; at least one record comes, whatever its size. */
  readonly bytesMax: number;
  /** How long to wait for something new, in milliseconds. */
  readonly waitMsMax: number;
  /** Waits until so many bytes are there, or `waitMsMax` is over. */
  readonly bytesMin?: number;
}

export interface Fetched {
  readonly records: readonly LogRecord[];
  /** Where to read on. Beyond the last record where transaction markers or aborted records follow it. */
  readonly next: number;
  /** The committed end at the time of reading. */
  readonly end: number;
}

/** Appends without a transaction: idempotent, acknowledged by all replicas. */
export interface Producer {
  /** Resolves with the records' offsets. Throws `LogUnavailable` after its retries: the records may or may not be there. */
  send(records: readonly OutRecord[]): Promise<number[]>;
  close(): Promise<void>;
}

/** The one writer with its id: opening it fences and settles its predecessor. */
export interface Transactor {
  /**
   * Appends all records or none, and notes how far a group has read. When it resolves, the outcome is certain; readers
   * see the records some milliseconds later. Throws `Fenced` when a successor has opened, and
   * `LogUnavailable` when the outcome is unknown: then open a new one and read again what is committed.
   */
  commit(records: readonly OutRecord[], progress?: GroupProgress): Promise<void>;
  close(): Promise<void>;
}

/** A group's offset, for operators' tools: nothing is planned from it. */
export interface GroupProgress {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** The next offset to read. */
  readonly next: number;
}

export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
}

/** The door to Kafka: all that the services need of it, so that the client behind it can be replaced. */
export interface Log {
  /** Creates the topics that are missing; throws `UnfitTopic` where one would lose records or moved its keys. */
  prepareTopics(specs: readonly TopicSpec[]): Promise<void>;
  /** The end of what is committed. */
  endOffset(topic: string, partition: number): Promise<number>;
  /** Reads committed records from an offset on. Throws `OffsetBeyondEnd` past the end of the partition. */
  fetch(topic: string, partition: number, from: number, limits: FetchLimits): Promise<Fetched>;
  producer(): Promise<Producer>;
  transactor(id: string): Promise<Transactor>;
  close(): Promise<void>;
}

/** A successor has opened the same transactor: stop, it goes on. */
export class Fenced extends Error {
  override readonly name = "Fenced";
}

/** Kafka did not answer, or answered with an error that may pass: what was asked may or may not have happened. */
export class LogUnavailable extends Error {
  override readonly name = "LogUnavailable";
}

/** A topic whose settings break a guarantee. */
export class UnfitTopic extends Error {
  override readonly name = "UnfitTopic";
}

/** The log is shorter than somebody remembers: it was truncated, or is another one. */
export class OffsetBeyondEnd extends Error {
  override readonly name = "OffsetBeyondEnd";
}
