export { describePrice } from "./describe.ts";
export type { Fault } from "./fault.ts";
export type { ChargeModel, Price, RatedTier, Rating, Tier } from "./price.ts";
export { NotRatable, rate } from "./rate.ts";
export { validatePrice } from "./validate.ts";
