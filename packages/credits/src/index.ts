export { compareGrants, type Ordered } from "./burn-order.ts";
export { type Burn, burnDown, type BurnDown, type Run, type Segment } from "./burn-down.ts";
export { costBetween, goneOf, type Priced, pricedMovements } from "./cost.ts";
export {
  balancesOf,
  type Credits,
  type GrantPhase,
  type Held,
  heldOf,
  noCredits,
  openCredits,
  type Opening,
  type Overage,
  overageOf,
  totalOf,
} from "./credits.ts";
export { decide, type Decided } from "./decide.ts";
export { evolve } from "./evolve.ts";
export type { Fault, Refusal } from "./fault.ts";
export { type Cost, type Grant, paysFor, type Restriction, type Target } from "./grant.ts";
export { type GrantSpec, makeGrant, type MadeGrant } from "./make-grant.ts";
export type { Burnt, Movement } from "./movement.ts";
export type { EndedPolicy, GiveBack, GrantAllocation, Order } from "./order.ts";
export { recursAt, type Recurrence, recursEvery, recursWith } from "./recurrence.ts";
export type { OveragePolicy } from "./steps.ts";
export { type Allocation, type Correction, unwind } from "./unwind.ts";
export { type Aggregation, type Use, type UsageBetween, usageOf } from "./usage.ts";
