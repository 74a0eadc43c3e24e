import {
  addRatios,
  ceil,
  compare,
  cut,
  decimal,
  type Decimal,
  type DecimalText,
  min,
  mulRatios,
  POSTED_DECIMALS,
  ratio,
  ratioOf,
  type Ratio,
  sub,
  toText,
} from "@tallybook/money";
import type { Price, RatedTier, Rating } from "./price.ts";

/** The price lacks what its model needs; validatePrice would have refused it. */
export class NotRatable extends Error {
  override readonly name = "NotRatable";
}

/** One tier's part in a rating, before its amount is cut. */
interface Part {
  readonly from: Decimal;
  readonly upTo: Decimal | null;
  readonly quantity: Decimal;
  readonly unitAmount: Decimal;
  readonly flatAmount: Decimal;
  readonly amount: Ratio;
}

interface Span {
  readonly from: Decimal;
  readonly upTo: Decimal | null;
  readonly unitAmount: Decimal;
  readonly flatAmount: Decimal;
}

/**
 * What the price asks for a period's quantity, exactly. A quantity of zero or below costs nothing,
 * but a flat price always costs its amount. Throws NotRatable for a price that is not valid.
 */
export function rate(price: Price, quantity: Decimal): Rating {
  if (price.model === "flat") {
    return { amount: ratioOf(required(price, "amount")), tiers: [] };
  }
  if (compare(quantity, zero) <= 0) return { amount: ratioOf(zero), tiers: [] };
  return summed(ratedParts(price, price.model, quantity));
}

function ratedParts(
  price: Price,
  model: Exclude<Price["model"], "flat">,
  quantity: Decimal,
): Part[] {
  switch (model) {
    case "per_unit": {
      const unitAmount = required(price, "unit_amount");
      const span = { from: zero, upTo: null, unitAmount, flatAmount: zero };
      return [partOf(price, span, quantity)];
    }
    case "graduated":
      return graduated(price, quantity);
    case "volume":
      return [volume(price, quantity)];
    case "package":
      return packages(price, quantity);
    case "matrix":
      throw new NotRatable(
        `price ${price.price} is a matrix: its combinations are rated, each by its row`,
      );
  }
}

/** Each tier rates what lies in it. */
function graduated(price: Price, quantity: Decimal): Part[] {
  const entered = spansOf(price).filter((span) => compare(quantity, span.from) > 0);
  const top = entered.at(-1);
  if (top === undefined || !holds(top, quantity)) throw beyondTiers(price, quantity);
  return entered.map((span) => {
    const end = span.upTo === null ? quantity : min(quantity, span.upTo);
    return partOf(price, span, sub(end, span.from));
  });
}

/** The tier that the quantity ends in rates all of it. */
function volume(price: Price, quantity: Decimal): Part {
  const span = spansOf(price).find((each) => holds(each, quantity));
  if (span === undefined) throw beyondTiers(price, quantity);
  return partOf(price, span, quantity);
}

/** Free units first, then whole packages, begun ones included. */
function packages(price: Price, quantity: Decimal): Part[] {
  const size = required(price, "package_size");
  const unitAmount = required(price, "package_amount");
  const free = decimal(price.free_units ?? "0");
  const parts: Part[] = [];
  if (compare(free, zero) > 0) {
    const span = { from: zero, upTo: free, unitAmount: zero, flatAmount: zero };
    parts.push({ ...span, quantity: min(quantity, free), amount: ratioOf(zero) });
  }
  const charged = sub(quantity, free);
  if (compare(charged, zero) > 0) {
    const amount = mulRatios(ratioOf(ceil(ratio(charged, size))), ratioOf(unitAmount));
    parts.push({ from: free, upTo: null, quantity: charged, unitAmount, flatAmount: zero, amount });
  }
  return parts;
}

function spansOf(price: Price): Span[] {
  const last = price.tiers.length - 1;
  return price.tiers.map((tier, index) => {
    const isOpen = tier.up_to === null || (index === last && price.beyond === "last_tier");
    return {
      from: decimal(price.tiers[index - 1]?.up_to ?? "0"),
      upTo: isOpen ? null : decimal(tier.up_to),
      unitAmount: decimal(tier.unit_amount ?? "0"),
      flatAmount: decimal(tier.flat_amount ?? "0"),
    };
  });
}

function holds(span: Span, quantity: Decimal): boolean {
  return span.upTo === null || compare(quantity, span.upTo) <= 0;
}

function partOf(price: Price, span: Span, quantity: Decimal): Part {
  const perUnits = ratio(span.unitAmount, decimal(price.per));
  const amount = addRatios(mulRatios(ratioOf(quantity), perUnits), ratioOf(span.flatAmount));
  return { ...span, quantity, amount };
}

/** The cut amounts are differences of a running sum, so that they add up to the cut total. */
function summed(parts: readonly Part[]): Rating {
  let amount = ratioOf(zero);
  let given = zero;
  const tiers = parts.map((part): RatedTier => {
    amount = addRatios(amount, part.amount);
    const due = cut(amount, POSTED_DECIMALS);
    const cutAmount = sub(due, given);
    given = due;
    return {
      from: toText(part.from),
      up_to: part.upTo === null ? null : toText(part.upTo),
      quantity: toText(part.quantity),
      unit_amount: toText(part.unitAmount),
      flat_amount: toText(part.flatAmount),
      amount: toText(cutAmount),
    };
  });
  return { amount, tiers };
}

function required(
  price: Price,
  field: "amount" | "unit_amount" | "package_size" | "package_amount",
): Decimal {
  const text: DecimalText | null = price[field];
  if (text === null) throw new NotRatable(`price ${price.price} (${price.model}) has no ${field}`);
  return decimal(text);
}

function beyondTiers(price: Price, quantity: Decimal): NotRatable {
  return new NotRatable(`price ${price.price} has no tier for ${toText(quantity)} units`);
}

const zero = decimal("0");
