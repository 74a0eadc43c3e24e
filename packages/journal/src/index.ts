export { advancedFees, begunFees, feesInAdvance } from "./advance.ts";
export type { BegunFee } from "./advance.ts";
export { eventMetersOf, isApart } from "./apart.ts";
export { attribute, ownerOf } from "./attribute.ts";
export type { Attribution, Owner, UnattributedReason } from "./attribute.ts";
export { balance, Unbalanced } from "./balance.ts";
export {
  chainHash,
  genesisHash,
  headBytes,
  hex,
  isHeadSigned,
  signHead,
  transactionBytes,
  transactionId,
} from "./canonical.ts";
export type { Transaction } from "./canonical.ts";
export { chargedBy } from "./charged.ts";
export type { ChargedPeriod, ChargedUse } from "./charged.ts";
export { rateCharge, sharedQuantity } from "./charge.ts";
export type { ChargeShare, RatedCharge } from "./charge.ts";
export type * from "./facts.ts";
export { discountsOf, withDiscounts } from "./discounts.ts";
export { feeAmount } from "./fees.ts";
export type { FeeSettled } from "./fees.ts";
export { createCatalogHistory, evolveHistory } from "./history.ts";
export type { CatalogHistory } from "./history.ts";
export {
  advancedPeriod,
  BrokenJournal,
  committedTail,
  dimensionsKey,
  emptyLedger,
  evolveLedger,
  ratedPeriod,
  ratedPeriods,
  tailOf,
} from "./ledger.ts";
export type { Ledger, OpenStep, Tail } from "./ledger.ts";
export { interimRatings, ratingsAsIfOver, usageTakenBack } from "./interim.ts";
export { isOrdered } from "./apply.ts";
export { orderedAdjustments, orderOf } from "./ordered.ts";
export { inOlderForm } from "./older-form.ts";
export { meteredUsage } from "./metered.ts";
export type { MeteredUsage } from "./metered.ts";
export { earlierUsage, isHeld } from "./opening.ts";
export type { EarlierUsage } from "./opening.ts";
export {
  accounts,
  chargeCause,
  escapeName,
  invoiceCause,
  movementCause,
  orderedCause,
  taxCause,
  unescapeName,
} from "./names.ts";
export { compareTexts } from "./order.ts";
export {
  fillingRatings,
  firstRatings,
  isRatingStep,
  planStep,
  ratingAsOf,
  ratingOf,
  waitingRatings,
} from "./plan.ts";
export type { DueBasis, Rating, StepBasis } from "./plan.ts";
export type { InvoiceToRound } from "./post.ts";
export { isMovement, movedBy } from "./movements.ts";
export type { Movement, TakenOfInvoices } from "./movements.ts";
export { isMovementKind } from "./movement-kinds.ts";
export { askedBy, writeOffOf } from "./write-off.ts";
export { billedFor } from "./rated.ts";
export type { BilledPrice, BilledShare, RatedPeriod, RatedSubscription } from "./rated.ts";
export { joinSteps, rateStep } from "./rate.ts";
export type { Parked, RatedStep } from "./rate.ts";
export { remainderOf, sealStep } from "./seal.ts";
export { journalText } from "./text.ts";
export { waitingCutsMax } from "./waiting.ts";
export type { OpenedCuts } from "./waiting.ts";
export { postedWithoutUsage, ratingsOfStep } from "./step.ts";
export type { StepRatings } from "./step.ts";
export { lateUsage, piecesOfStep, usageOfPiece } from "./reading.ts";
export type { UsageToRead } from "./reading.ts";
export type { Piece } from "./pieces.ts";
export { unrated } from "./unrated.ts";
export { isApartIn, measuredMeters, periodAround, pricedMeters, unitOf, usedBy } from "./used.ts";
export type { UsedBasis, UsedMeter } from "./used.ts";
export { billsOf, boundsOf, periodsWithin } from "./bills.ts";
export type { Bill, CustomerUsage, PeriodOfBill } from "./bills.ts";
