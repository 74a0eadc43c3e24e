export { beating } from "./beating.ts";
export { followCatalogHistory, followCuts } from "./folds.ts";
export { follow } from "./follow.ts";
export type { Follower, Pace } from "./follow.ts";
export { connectLog } from "./kafkaLog.ts";
export type { KafkaOptions } from "./kafkaLog.ts";
export { seekLease } from "./lease.ts";
export type { Lease } from "./lease.ts";
export { Fenced, LogUnavailable, OffsetBeyondEnd, UnfitTopic } from "./log.ts";
export type {
  Fetched,
  FetchLimits,
  GroupProgress,
  Log,
  LogRecord,
  OutRecord,
  Producer,
  TopicSpec,
  Transactor,
} from "./log.ts";
export { createMemoryLog } from "./memoryLog.ts";
export type { MemoryLog } from "./memoryLog.ts";
export { findLast, isBehind, readAhead, readAll, readNamed } from "./read.ts";
export { pause } from "./pause.ts";
export { reopening } from "./reopening.ts";
export type { Turning } from "./reopening.ts";
