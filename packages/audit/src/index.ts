export { backfillDifference } from "./backfill-difference.ts";
export type { BackfillAnswer, BackfillOutcome, BackfillRange } from "./backfill-difference.ts";
export { readBackfillFile, readRefused } from "./backfill-events.ts";
export type { BackfillEvent, BackfillEvents, UnfitLine } from "./backfill-events.ts";
export { decidePartition } from "./decide-partition.ts";
export type { DecidedRecord } from "./decider.ts";
export type { IdentityLists, IdentityRow, Reconciliation, Unattributed } from "./identity.ts";
export { reconcile } from "./reconcile.ts";
export type { ReconcileOptions } from "./reconcile.ts";
export { NoSuchLine, replay, replayAll } from "./replay.ts";
export type { ReplayMeans, ReplayOptions } from "./replay.ts";
export { replayMoved } from "./replay-moved.ts";
export type { ReplayedMovement, ReplayMovedOptions } from "./replay-moved.ts";
export type {
  Compared,
  Reading,
  Replay,
  ReplayedEvent,
  ReplayedLine,
  UncountedRecord,
  Verdict,
} from "./replayed.ts";
export { knownAt } from "./known-at.ts";
export type { KnownAt, KnownAtOptions, PeriodKnown } from "./known-at.ts";
export { NotRebuilt, rebuild } from "./rebuild.ts";
export type { Rebuilt, RebuildOptions, RebuildProgress, RebuiltTable } from "./rebuild.ts";
export { rerate, UnprovenColumns } from "./rerate.ts";
export type { RerateOptions } from "./rerate.ts";
export type { RerateCause, RerateDifference, Rerated } from "./rerated.ts";
export { UnprovenJournal } from "./journal-steps.ts";
export { NoSuchRange, surveyedSteps, surveyJournal } from "./survey-journal.ts";
export type {
  BookedTransaction,
  JournalSurvey,
  SurveyOptions,
  WantedRange,
} from "./survey-journal.ts";
export { simulate } from "./simulate.ts";
export { simulateCustomers } from "./simulate-customers.ts";
export type { SimulateOptions } from "./simulate.ts";
export type {
  CustomerBills,
  Distribution,
  Simulated,
  SimulatedCurrency,
  SimulatedCustomer,
} from "./simulated.ts";
export { NoPlan } from "./what-if-plan.ts";
export { askWhy, NothingRated } from "./why.ts";
export type { WhyCustomer, WhyEvent, WhyOptions, WhyQuestion, WhyRecord } from "./why.ts";
export { whyReasons } from "./why-reasons.ts";
export type { WhyReason } from "./why-reasons.ts";
export type { Why } from "./why-use.ts";
export { compareShadow } from "./compare-shadow.ts";
export type { ShadowOptions } from "./compare-shadow.ts";
export type { ShadowCause, ShadowComparison, ShadowDifference } from "./shadow.ts";
export { upcoming } from "./upcoming.ts";
export type { UpcomingInvoices, UpcomingOptions } from "./upcoming.ts";
export { mirroredRanges, untilMirrored } from "./rebuild-mirror.ts";
