export type * from "./around-spec.ts";
export { aroundTexts } from "./around-text.ts";
export { explainAround } from "./explain-around.ts";
export { aroundFaults } from "./make-around.ts";
export {
  type AroundOf,
  type AroundRating,
  type AroundStepName,
  rateAround,
  wholePeriod,
  withoutIncluded,
} from "./rate-around.ts";
export type * from "./charge.ts";
export { isByQuantity, isQuantityModel } from "./charge.ts";
export { chargeOf } from "./charge-of-price.ts";
export type * from "./charge-spec.ts";
export { combinationKey, combinationOf, combinationText, type Dimensions } from "./combination.ts";
export { describePrice } from "./describe.ts";
export type { Fault } from "./fault.ts";
export { makeCharge, type MadeCharge } from "./make-charge.ts";
export { needsEvents } from "./needs-events.ts";
export type { Price } from "./price.ts";
export { rateBetween, type PieceRating } from "./rate-between.ts";
export { rateCapacity, type CapacityRating } from "./rate-capacity.ts";
export {
  averageOver,
  type EventsRating,
  type PassedThrough,
  percentOf,
  type ProviderCost,
  rateCostPlus,
  type RatedEvent,
  ratePercentage,
} from "./rate-events.ts";
export { type ProratedEvent, rateProrated } from "./rate-prorated.ts";
export { roundMoney, type RoundingPolicy, sumOfMoney } from "./round-money.ts";
export { convertPiece, convertUnits, roundUnits, type UnitConversion } from "./conversion.ts";
export { rateQuantity } from "./rate-quantity.ts";
export { rateOneTier } from "./rate-tiers.ts";
export { type AmountBounds, withinBounds } from "./bounds.ts";
export { NotRatable, sumOfRatios, type QuantityRating, type Share } from "./share.ts";
export {
  aboveMaximum,
  type Commitment,
  type CommitmentRating,
  type Committed,
  rateCommitment,
  sumCommitments,
  trueUpOfRounded,
} from "./commitment.ts";
export {
  type Coupon,
  type CouponTaking,
  type Discount,
  discountOn,
  type Discounted,
  type DiscountOrder,
  discountRounded,
  spreadCoupons,
  spreadDiscount,
  stackCoupons,
  stackDiscounts,
} from "./discount.ts";
export { capCredit } from "./credit-note.ts";
export { plusTax, type Taxes, taxesOf, taxOf, withTax } from "./tax.ts";
export {
  discountUsage,
  type Included,
  type IncludedUse,
  type UsageDiscounted,
  useIncluded,
} from "./usage-discount.ts";
export {
  type Component,
  componentKey,
  componentsBetween,
  componentsOf,
  type Part,
} from "./component.ts";
export {
  type AmountStep,
  billableQuantities,
  type Credit,
  type LineDiscount,
  type LinePolicy,
  type LinePosition,
  type LineTerms,
  type LineUsage,
  type QuantityStep,
  type RatedLine,
  rateLines,
  totalOfLines,
} from "./line.ts";
export {
  type BookedLine,
  type Booking,
  type KnownUsage,
  type LineTotals,
  rerate,
  type Run,
  totalsOf,
} from "./rerate.ts";
export { type CreditNote, creditNote, creditNotes } from "./credit-note.ts";
export {
  payFromBalance,
  type TaxableLine,
  type TaxedInvoice,
  type TaxedLine,
  taxInvoice,
} from "./invoice-terms.ts";
export { applyPrepaid, type PayableLine, type PrepaidUse, type PrepaidWallet } from "./prepaid.ts";
export { thresholdBills, type Thresholds } from "./progressive.ts";
export {
  type Change,
  countDays,
  type DayCount,
  prorate,
  prorateChange,
  type ProratedChange,
  proratedTrueUp,
} from "./proration.ts";
export { leftToBill, rateSeveral, type SeveralRating } from "./rate-several.ts";
export {
  type CommittedCharge,
  type CommittedHours,
  rateCommittedWindows,
  type RatedWindow,
  rateTimeWindows,
  type TimedQuantity,
  type WindowsRating,
  type WindowUse,
} from "./rate-windows.ts";
export { explainLines, type Explanation, explainRating, type LinesExplanation } from "./explain.ts";
export * from "./explain-charge.ts";
export { cutParts, type ExplainedStep } from "./explain-steps.ts";
export { explanationHolds } from "./explained-holds.ts";
export { unitCostOf } from "./unit-cost.ts";
export { type WeekTime, weekTimeOf, windowAt } from "./week-time.ts";
export { type BulkRating, type JobEvent, rateBulk } from "./rate-bulk.ts";
export {
  type ChargeRating,
  type RatedCombination,
  type RatingOf,
  rateUsage,
  type Usage,
  type UsedCombination,
} from "./rate-usage.ts";
