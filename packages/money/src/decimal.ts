import { Decimal as Engine } from "decimal.js";

declare const made: unique symbol;

/** An exact decimal number. Opaque: only this package makes one and looks inside. */
export interface Decimal {
  readonly [made]: true;
}

/** A number in plain notation: no exponent, no trailing zeros, `0` and never `-0`. */
export type DecimalText = string;

/** A result has more significant digits than are kept; it is never rounded instead. */
export class TooManyDigits extends RangeError {
  override readonly name = "TooManyDigits";
  constructor(digits: number, digitsMax: number) {
    super(`a result of ${digits} digits, and at most ${digitsMax} are kept exactly`);
  }
}

/** Significant digits of a value; what is written to the log has at most 76. */
const digitsMax = 80;

/** Numerators and denominators are products of values, so a ratio has more. */
const ratioDigitsMax = 240;

const textLengthMax = 200;

// Far above what two operands within the bounds can need: nothing below rounds.
const Exact = Engine.clone({ defaults: true, precision: 1000, rounding: Engine.ROUND_DOWN });

/**
 * The number that a plain text stands for, such as `-12.50`.
 * Throws a SyntaxError for anything else (an exponent, a leading `+`, more than 200 characters).
 */
export function decimal(text: DecimalText): Decimal {
  if (text.length > textLengthMax || !/^-?\d+(?:\.\d+)?$/.test(text)) {
    throw new SyntaxError(`not a plain decimal number: ${JSON.stringify(text.slice(0, 60))}`);
  }
  return value(new Exact(text));
}

/** The canonical text. */
export function toText(of: Decimal): DecimalText {
  return opened(of).toFixed();
}

export function add(a: Decimal, b: Decimal): Decimal {
  return value(opened(a).plus(opened(b)));
}

export function sub(a: Decimal, b: Decimal): Decimal {
  return value(opened(a).minus(opened(b)));
}

export function mul(a: Decimal, b: Decimal): Decimal {
  return value(opened(a).times(opened(b)));
}

export function negate(of: Decimal): Decimal {
  return value(opened(of).negated());
}

/** -1, 0 or 1, as a sort wants it. */
export function compare(a: Decimal, b: Decimal): number {
  return opened(a).comparedTo(opened(b));
}

export function isZero(of: Decimal): boolean {
  return opened(of).isZero();
}

/** Below zero; zero itself is not. */
export function isNegative(of: Decimal): boolean {
  return opened(of).lessThan(0);
}

export function max(a: Decimal, b: Decimal): Decimal {
  return compare(a, b) < 0 ? b : a;
}

export function min(a: Decimal, b: Decimal): Decimal {
  return compare(a, b) > 0 ? b : a;
}

/** Zero for an empty list. */
export function sum(list: Iterable<Decimal>): Decimal {
  let total = new Exact(0);
  for (const each of list) total = total.plus(opened(each));
  return value(total);
}

/** The engine's number; inside this package only. */
export function opened(of: Decimal): Engine {
  return of as unknown as Engine;
}

/** A result as a value; inside this package only. */
export function value(of: Engine): Decimal {
  return bounded(of, digitsMax);
}

/** A result as a numerator or denominator; inside this package only. */
export function term(of: Engine): Decimal {
  return bounded(of, ratioDigitsMax);
}

/** A text in any notation of the engine; inside this package only. */
export function engineNumber(text: string | number): Engine {
  return new Exact(text);
}

/** Ten to a whole power, which may be below zero; inside this package only. */
export function powerOfTen(exponent: number): Engine {
  const known = powersOfTen.get(exponent);
  if (known !== undefined) return known;
  const power = new Exact(`1e${exponent}`);
  powersOfTen.set(exponent, power);
  return power;
}

/** As few as there are numbers of decimals. */
const powersOfTen = new Map<number, Engine>();

function bounded(of: Engine, bound: number): Decimal {
  if (of.precision() > bound) throw new TooManyDigits(of.precision(), bound);
  return of as unknown as Decimal;
}
