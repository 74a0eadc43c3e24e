export type * from "./billing.ts";
export type { Answer, Asked, CallOperation, OperationName } from "./call.ts";
export type * from "./catalog.ts";
export type * from "./charges.ts";
export { openDiskStore } from "./disk-store.ts";
export type { DiskStoreOptions } from "./disk-store.ts";
export type { Held, Store } from "./store.ts";
export { createClient } from "./client.ts";
export type { Client } from "./client.ts";
export type { Reporter, ReporterOptions } from "./reporter.ts";
export { ApiProblem, createAsk, Unanswered } from "./request.ts";
export type { Ask, ClientOptions, FieldProblem } from "./request.ts";
export type { Operations, Schemas } from "./openapi.ts";
export type { TrackerOptions } from "./open-tracker.ts";
export { TrackerFull } from "./tracker.ts";
export type {
  TrackedEvent,
  Tracker,
  TrackerBounds,
  TrackerTold,
  TrackerTotals,
} from "./tracker.ts";
export type * from "./usage.ts";
