export type { IdentityLists, IdentityRow, Reconciliation, Unattributed } from "./identity.ts";
export type { Compared, Replay, ReplayedEvent, Verdict } from "./replayed.ts";
