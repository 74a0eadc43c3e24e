export { openDeduper } from "./dedupe.ts";
export type { Deduper, DeduperOptions } from "./dedupe.ts";
export { backfillsOf, settledBound, windowsKept } from "./store.ts";
export type { IdentityStore, RangedClaim, StoreChange } from "./store.ts";
export { openLmdbStore } from "./lmdbStore.ts";
export type { LmdbStore } from "./lmdbStore.ts";
export { createSnapshots, restoreSnapshot } from "./snapshots.ts";
export type { Say, Snapshots, SnapshotPlace } from "./snapshots.ts";
