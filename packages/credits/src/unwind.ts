import {
  add,
  compare,
  type Currency,
  cut,
  decimal,
  type Decimal,
  isNegative,
  isZero,
  max,
  min,
  negate,
  ratioOf,
  sub,
  sum,
  toText,
} from "@tallybook/money";
import { type Refusal, refusal } from "./fault.ts";

/** A burn that may be given back. */
export interface Allocation {
  /** Its id. */
  readonly allocation: string;
  /** Above zero. */
  readonly amount: Decimal;
}

/** What is taken back of an allocation. */
export interface Correction {
  readonly allocation: string;
  /** Below zero. */
  readonly amount: Decimal;
}

/**
 * Takes back `by` (zero or below) from the allocations in reverse order, each as far as earlier corrections have left something
 * of it. With a currency, amounts are whole minor units. Refused: an amount above zero or finer than the currency, more than is
 * left, an earlier correction that does not match its allocation.
 */
export function unwind(
  allocations: readonly Allocation[],
  earlier: readonly Correction[],
  by: Decimal,
  currency: Currency | null,
): Refusal | { readonly ok: true; readonly corrections: readonly Correction[] } {
  const fault = amountFault(by, currency) ?? listFault(allocations, earlier);
  if (fault !== undefined) return fault;
  const left = allocations.map(({ allocation, amount }) => ({
    allocation,
    amount: add(amount, takenFrom(earlier, allocation)),
  }));
  const over = left.find(({ amount }) => isNegative(amount));
  if (over !== undefined) {
    const detail = `allocation ${over.allocation} was corrected by more than it had: check the earlier corrections`;
    return refusal("earlier_corrections", "too_much", detail);
  }
  const available = sum(left.map(({ amount }) => amount));
  const wanted = negate(by);
  if (compare(wanted, available) > 0) {
    const detail = `insufficient funds: ${toText(wanted)} is asked back, and of ${named(allocations)} ${toText(available)} is left`;
    return refusal("correct_by", "insufficient_funds", detail);
  }
  return { ok: true, corrections: takenBack(left, wanted) };
}

function takenBack(left: readonly Allocation[], wanted: Decimal): Correction[] {
  let rest = wanted;
  return left.toReversed().flatMap(({ allocation, amount }) => {
    const taken = min(rest, amount);
    if (isZero(taken)) return [];
    rest = sub(rest, taken);
    return [{ allocation, amount: negate(taken) }];
  });
}

function amountFault(by: Decimal, currency: Currency | null): Refusal | undefined {
  if (compare(by, zero) > 0) {
    const detail = `amount must not be positive: ${toText(by)}; what is given back is written below zero`;
    return refusal("correct_by", "positive", detail);
  }
  if (currency === null || compare(cut(ratioOf(by), currency.digits), by) === 0) return undefined;
  const detail = `${toText(by)} must have at most ${currency.digits} decimals in ${currency.code}`;
  return refusal("correct_by", "too_fine", detail);
}

function listFault(
  allocations: readonly Allocation[],
  earlier: readonly Correction[],
): Refusal | undefined {
  const known = new Set<string>();
  for (const { allocation, amount } of allocations) {
    if (known.has(allocation))
      return refusal("allocations", "repeated", `allocation ${allocation} is there twice`);
    known.add(allocation);
    if (compare(amount, max(amount, zero)) !== 0)
      return refusal("allocations", "negative", `allocation ${allocation} is ${toText(amount)}`);
  }
  for (const { allocation, amount } of earlier) {
    if (!known.has(allocation)) {
      const detail = `an earlier correction is of allocation ${allocation}, which is not given`;
      return refusal("earlier_corrections", "unknown", detail);
    }
    if (compare(amount, zero) > 0) {
      const detail = `the earlier correction of ${allocation} is ${toText(amount)}: it has to be below zero`;
      return refusal("earlier_corrections", "positive", detail);
    }
  }
  return undefined;
}

function takenFrom(earlier: readonly Correction[], allocation: string): Decimal {
  return sum(earlier.filter((each) => each.allocation === allocation).map(({ amount }) => amount));
}

function named(allocations: readonly Allocation[]): string {
  return allocations.length === 0
    ? "nothing"
    : allocations.map(({ allocation }) => allocation).join(", ");
}

const zero = decimal("0");
