export { describePrice } from "./describe.ts";
export type { Fault } from "./fault.ts";
export { combinationOf, combinationText, rateMatrix } from "./matrix.ts";
export type { Combination, Dimensions, MatrixRating } from "./matrix.ts";
export type {
  ChargeModel,
  MatrixRow,
  Price,
  RatedRow,
  RatedTier,
  Rating,
  RowPrice,
  Tier,
} from "./price.ts";
export { NotRatable, rate } from "./rate.ts";
export { validatePrice } from "./validate.ts";
