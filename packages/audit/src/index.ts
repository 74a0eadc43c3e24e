export type { IdentityLists, IdentityRow, Reconciliation, Unattributed } from "./identity.ts";
export { reconcile } from "./reconcile.ts";
export type { ReconcileOptions } from "./reconcile.ts";
export { replay } from "./replay.ts";
export type { ReplayAnswer, ReplayOptions } from "./replay.ts";
export type { Compared, Replay, ReplayedEvent, Verdict } from "./replayed.ts";
export { identityText, replayText } from "./text.ts";
