import type { Decimal as Engine } from "decimal.js";
import {
  decimal,
  type Decimal,
  engineNumber,
  isZero,
  opened,
  powerOfTen,
  term,
  value,
} from "./decimal.ts";

/** An exact fraction: a quotient stays one until it is posted. The denominator is above zero. */
export interface Ratio {
  readonly num: Decimal;
  readonly den: Decimal;
}

/** num ÷ den; throws a RangeError when den is zero. */
export function ratio(num: Decimal, den: Decimal): Ratio {
  if (isZero(den)) throw new RangeError("a ratio over zero");
  if (opened(den).greaterThan(0)) return { num, den };
  return { num: term(opened(num).negated()), den: term(opened(den).negated()) };
}

export function ratioOf(whole: Decimal): Ratio {
  return { num: whole, den: one };
}

export function addRatios(a: Ratio, b: Ratio): Ratio {
  if (a.den === b.den || opened(a.den).equals(opened(b.den))) {
    return { num: term(opened(a.num).plus(opened(b.num))), den: a.den };
  }
  const [left, right] = crossed(a, b);
  return lowered(left.plus(right), opened(a.den).times(opened(b.den)));
}

/** Sums of many different fractions would outgrow every bound: large terms are lowered by what divides both. */
function lowered(num: Engine, den: Engine): Ratio {
  if (den.precision() <= loweredDigitsMin) return { num: term(num), den: term(den) };
  const scale = powerOfTen(Math.max(num.decimalPlaces(), den.decimalPlaces()));
  const wholeNum = BigInt(num.times(scale).toFixed(0));
  const wholeDen = BigInt(den.times(scale).toFixed(0));
  const common = commonDivisor(wholeNum < 0n ? -wholeNum : wholeNum, wholeDen);
  return {
    num: term(engineNumber(String(wholeNum / common))),
    den: term(engineNumber(String(wholeDen / common))),
  };
}

function commonDivisor(a: bigint, b: bigint): bigint {
  let [one, other] = [a, b];
  while (other !== 0n) [one, other] = [other, one % other];
  return one;
}

const loweredDigitsMin = 30;

export function subRatios(a: Ratio, b: Ratio): Ratio {
  return addRatios(a, { num: term(opened(b.num).negated()), den: b.den });
}

export function mulRatios(a: Ratio, b: Ratio): Ratio {
  return lowered(opened(a.num).times(opened(b.num)), opened(a.den).times(opened(b.den)));
}

/** a ÷ b; throws a RangeError when b is zero. */
export function divRatios(a: Ratio, b: Ratio): Ratio {
  return ratio(term(opened(a.num).times(opened(b.den))), term(opened(a.den).times(opened(b.num))));
}

export function minRatio(a: Ratio, b: Ratio): Ratio {
  return compareRatios(a, b) > 0 ? b : a;
}

export function maxRatio(a: Ratio, b: Ratio): Ratio {
  return compareRatios(a, b) < 0 ? b : a;
}

/** -1, 0 or 1, as a sort wants it. */
export function compareRatios(a: Ratio, b: Ratio): number {
  const [left, right] = crossed(a, b);
  return left.comparedTo(right);
}

/** The value without what stands beyond that many decimals: truncated toward zero. */
export function cut(of: Ratio, decimals: number): Decimal {
  const [num, den] = [opened(of.num), opened(of.den)];
  // Most amounts are no fractions, and have no more decimals than that.
  if (den.equals(unit) && num.decimalPlaces() <= decimals) return value(num);
  return value(num.times(powerOfTen(decimals)).divToInt(den).times(powerOfTen(-decimals)));
}

/** The value with that many decimals, from the exact one: half up, away from zero. */
export function roundHalfUp(of: Ratio, decimals: number): Decimal {
  const scaled = opened(of.num).times(powerOfTen(decimals));
  const whole = scaled.divToInt(opened(of.den));
  const rest = scaled.minus(whole.times(opened(of.den))).abs();
  const isUp = rest.times(2).greaterThanOrEqualTo(opened(of.den));
  const step = isUp ? (opened(of.num).lessThan(0) ? -1 : 1) : 0;
  return value(whole.plus(step).times(powerOfTen(-decimals)));
}

/** The smallest whole number that is not below the value. */
export function ceil(of: Ratio): Decimal {
  const whole = opened(of.num).divToInt(opened(of.den));
  const isAbove = opened(of.num).greaterThan(whole.times(opened(of.den)));
  return value(isAbove ? whole.plus(1) : whole);
}

/** The largest whole number that is not above the value. */
export function floor(of: Ratio): Decimal {
  const whole = opened(of.num).divToInt(opened(of.den));
  const isBelow = opened(of.num).lessThan(whole.times(opened(of.den)));
  return value(isBelow ? whole.minus(1) : whole);
}

/** How a fraction becomes a number of so many digits. `half_up` takes a half away from zero. */
export type RoundingMode = "half_up" | "ceiling" | "floor";

/** The value with that many decimals, from the exact one; a negative number of them rounds to tens, hundreds and so on. */
export function roundRatio(of: Ratio, decimals: number, mode: RoundingMode): Decimal {
  if (mode === "half_up") return roundHalfUp(of, decimals);
  const scaled = { num: term(opened(of.num).times(powerOfTen(decimals))), den: of.den };
  const whole = opened(mode === "ceiling" ? ceil(scaled) : floor(scaled));
  return value(whole.times(powerOfTen(-decimals)));
}

function crossed(a: Ratio, b: Ratio) {
  return [opened(a.num).times(opened(b.den)), opened(b.num).times(opened(a.den))] as const;
}

const one = decimal("1");
const unit = opened(one);
