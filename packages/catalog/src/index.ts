export {
  billingPeriodAt,
  type BillingPeriod,
  billingPeriodFrom,
  type Billed,
  owedPart,
  termsAt,
  wholePeriodAt,
} from "./billing-periods.ts";
export { type BackfillRead, openBackfills, orderBackfill, readBackfill } from "./order-backfill.ts";
export { type AdjustmentRead, orderAdjustment, readAdjustment } from "./order-adjustment.ts";
export {
  type CouponAsked,
  couponFacts,
  couponRemovedFacts,
  type CouponTarget,
} from "./apply-coupon.ts";
export {
  type AppliedCoupon,
  couponOf,
  couponsFor,
  couponsOf,
  takesFrom,
} from "./coupons-applied.ts";
export { cancelFacts, changeFacts, type ChangeAsked } from "./change-subscription.ts";
export { Faults } from "./faults.ts";
export {
  type ChangeRead,
  type CouponRead,
  readChangeAsked,
  readCouponAsked,
  readTimeAsked,
} from "./read-change.ts";
export { statuses, statusOf } from "./standing.ts";
export { changedTerms, type TermsChange } from "./timeline.ts";
export { subscriptionDocument } from "./subscription-document.ts";
export type {
  ApiKey,
  Catalog,
  KeyScope,
  OrderedAdjustment,
  PlacedFact,
  RequestedBackfill,
  RequestedBilling,
  RequestedFill,
  Subscription,
  TenantCatalog,
} from "./catalog.ts";
export type {
  CatalogDocument,
  CustomerDraft,
  MeterDraft,
  PlanDraft,
  SubscriptionDraft,
} from "./document.ts";
export type * from "./facts.ts";
export {
  lateUsageAt,
  lateUsageFacts,
  lateUsagePoliciesOf,
  type LateUsagePolicy,
  type LateUsagePolicySet,
  type LateUsageRead,
  readLateUsage,
} from "./late-usage.ts";
export { briefDocument } from "./brief.ts";
export { type EntryDifference, type FieldDifference, differenceOf } from "./difference.ts";
export {
  type DocumentEntries,
  type DocumentEntry,
  entriesOf,
  entryOf,
  objectEntry,
} from "./entries.ts";
export { catalogAt, emptyCatalog, evolve } from "./fold.ts";
export {
  adjustmentsBetween,
  adjustmentsOf,
  authenticate,
  keyWithId,
  backfillsOf,
  billingsBetween,
  billingsOf,
  clockOf,
  customerOf,
  customersOf,
  fillsOf,
  isValidKey,
  keysOf,
  metersAt,
  objectsOf,
  meterVersionFor,
  planByVersion,
  plansOf,
  planVersionFor,
  dismissalsOf,
  settingsOf,
  subscriptionOf,
  subscriptions,
  subscriptionsOf,
  tenantOf,
  timeOf,
  type Caller,
} from "./lookups.ts";
export { type FlatPlanPublished, planOfFlatPrices } from "./old-plan.ts";
export { plan, type Asked, type Planned } from "./plan.ts";
export { priceDocument, type PriceDocument } from "./price-document.ts";
export { allowedBy, type Allowed, outsideOf } from "./key-scopes.ts";
export { isInAdvance, pricesFor, sellsInAdvance, type SoldPlan, type SoldPrice } from "./sold.ts";
export { textFault, type TextFault, type TextRule } from "./texts.ts";
export {
  type BilledPlan,
  billedPlan,
  contractAt,
  contractedPlan,
} from "./objects/contract-prices.ts";
export type { Coupon } from "./objects/coupons.ts";
export {
  type DocumentDetail,
  documentDetails,
  type DocumentLanguage,
  documentLanguages,
  type InvoiceGrouping,
  invoiceGroupings,
} from "./objects/document-settings.ts";
export {
  type WebhookEndpoint,
  type WebhookType,
  webhookTypes,
} from "./objects/webhook-endpoints.ts";
export type { ExpectedBill, ExpectedLine } from "./objects/expected-bills.ts";
export { isShadow, type Shadow } from "./objects/shadows.ts";
export type { Contract } from "./objects/contracts.ts";
export type { CustomerProfile, TaxStatus } from "./objects/customer-profiles.ts";
export { isCountry } from "./objects/countries.ts";
export type { Market } from "./objects/markets.ts";
export { stripeCollections, stripeHandOffs } from "./objects/stripe-accounts.ts";
export {
  type CollectedByStripe,
  stripeAccountOf,
  stripeCustomerOf,
} from "./objects/stripe-lookups.ts";
export type { TaxCalculator } from "./objects/tax-calculators.ts";
export type { TaxEvidence } from "./objects/tax-evidence.ts";
export {
  hasMarkets,
  type KnownMarket,
  marketFor,
  type Place,
  type RateInForce,
  taxCalculatorOf,
  taxCategoryOf,
  taxRatesAt,
} from "./objects/tax-lookups.ts";
export type { Entitlement, PlanDetails } from "./objects/plan-details.ts";
export { type CustomerEntitlement, entitlementsOf } from "./objects/entitlements.ts";
export { aggregations } from "./read-meter.ts";
export type { Entity, Registration } from "./objects/entities.ts";
export {
  entityIds,
  entityOf,
  invoicingEntity,
  type InvoicingEntity,
  paymentDaysOf,
} from "./objects/invoicing.ts";
export { type NumberedKind, usualNumbering } from "./objects/numbering.ts";
export { approvals } from "./objects/approval.ts";
export { collectionOf, sections } from "./objects/collections.ts";
export {
  customerFieldsOf,
  documentSettingsOf,
  invoiceGroupingOf,
  isMeterArchived,
  planDetailsOf,
  reminderDaysOf,
  type StandingEndpoint,
  webhookEndpointOf,
  doorMappingOf,
  webhookEndpointsOf,
} from "./objects/lookups.ts";
export { validateDocument, type Validated } from "./validate.ts";
export { catalogWithPlan } from "./what-if.ts";
