export {
  billingPeriodAt,
  type BillingPeriod,
  billingPeriodFrom,
  type Billed,
  owedPart,
  wholePeriodAt,
} from "./billing-periods.ts";
export type {
  ApiKey,
  Catalog,
  KeyScope,
  PlacedFact,
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
export { catalogAt, emptyCatalog, evolve } from "./fold.ts";
export {
  authenticate,
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
  settingsOf,
  subscriptionOf,
  subscriptions,
  subscriptionsOf,
  tenantOf,
  tenants,
  timeOf,
  type Caller,
} from "./lookups.ts";
export { type FlatPlanPublished, planOfFlatPrices } from "./old-plan.ts";
export { plan, type Asked, type Planned } from "./plan.ts";
export { priceDocument, type PriceDocument } from "./price-document.ts";
export { allowedBy, type Allowed, outsideOf } from "./key-scopes.ts";
export { textFault, type TextFault, type TextRule } from "./texts.ts";
export { validateDocument, type Validated } from "./validate.ts";
