export { currency, majorUnits, minorText, type Currency } from "./currency.ts";
export {
  add,
  compare,
  decimal,
  isNegative,
  isZero,
  max,
  min,
  mul,
  negate,
  sub,
  sum,
  TooManyDigits,
  toText,
  type Decimal,
  type DecimalText,
} from "./decimal.ts";
export { amountOfNanos, nanosOf } from "./nanos.ts";
export {
  QUANTITY_DECIMALS_MAX,
  QUANTITY_LIMIT,
  readQuantity,
  type QuantityFault,
  type QuantityRead,
} from "./quantity.ts";
export {
  addRatios,
  ceil,
  compareRatios,
  cut,
  divRatios,
  floor,
  maxRatio,
  minRatio,
  mulRatios,
  ratio,
  ratioOf,
  roundHalfUp,
  roundRatio,
  subRatios,
  type Ratio,
  type RoundingMode,
} from "./ratio.ts";
export { roundedTotal, roundInvoice, type RoundedInvoice } from "./round.ts";
export { POSTED_DECIMALS, shareOut } from "./share.ts";
export { createTotal, type Total } from "./total.ts";
