import { Decimal as Engine } from "decimal.js";
import type { Currency } from "./currency.ts";
import {
  type Decimal,
  type DecimalText,
  engineNumber,
  opened,
  powerOfTen,
  sum,
  value,
} from "./decimal.ts";

/** An invoice in minor units, and what rounding added to it. */
export interface RoundedInvoice {
  /** Minor units; the sum of the lines. */
  readonly total: DecimalText;
  /** Minor units, in the order of the exact lines. */
  readonly lines: readonly DecimalText[];
  /** Total minus exact sum, major units; at most half a minor unit either way. */
  readonly rounding: Decimal;
}

/** What an invoice of that exact amount (major units) asks for in all, in minor units, as `roundInvoice` has it. */
export function roundedTotal(exact: Decimal, currency: Currency): DecimalText {
  return inMinorUnits(opened(exact), currency).toFixed();
}

function inMinorUnits(exact: Engine, { digits }: Currency): Engine {
  return exact.times(powerOfTen(digits)).toDecimalPlaces(0, Engine.ROUND_HALF_UP);
}

/**
 * Rounds once, from the exact sum (major units): half-up, away from zero, to the minor unit. Each
 * line is floored, and the minor units that are then missing go to the largest fractions, ties to
 * the earlier line.
 */
export function roundInvoice(exactLines: readonly Decimal[], currency: Currency): RoundedInvoice {
  const perMajor = powerOfTen(currency.digits);
  const exact = opened(sum(exactLines));
  const total = inMinorUnits(exact, currency);
  const lines = exactLines.map((line, index) => {
    const minor = opened(line).times(perMajor);
    const floor = minor.floor();
    return { index, floor, fraction: minor.minus(floor) };
  });
  const floored = lines.reduce((acc, line) => acc.plus(line.floor), engineNumber(0));
  const missing = total.minus(floored).toNumber();
  const byFraction = lines.toSorted(
    (a, b) => b.fraction.comparedTo(a.fraction) || a.index - b.index,
  );
  const raised = new Set(byFraction.slice(0, missing).map((line) => line.index));
  return {
    total: total.toFixed(),
    lines: lines.map(({ index, floor }) => (raised.has(index) ? floor.plus(1) : floor).toFixed()),
    rounding: value(total.times(powerOfTen(-currency.digits)).minus(exact)),
  };
}
