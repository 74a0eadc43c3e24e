import type { SoldPrice } from "@tallybook/catalog";
import { cut, decimal, mulRatios, POSTED_DECIMALS, sub, sum, toText } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import { chargeOf, explainCharge, rateUsage } from "@tallybook/pricing";
import type { ChargeRating } from "@tallybook/pricing";

import type { Transaction } from "./canonical.ts";
import type { PeriodPart } from "./facts.ts";
import { advancedPeriod } from "./ledger.ts";
import { accounts } from "./names.ts";
import { fractionOf } from "./part.ts";
import type { Rating, StepBasis } from "./plan.ts";
import { charge } from "./post.ts";
import { billedFor } from "./rated.ts";
import type { RatedPeriod } from "./rated.ts";

/**
 * What a period owes for a price without a meter at its end, less what was posted in advance for it. One per such price, posted
 * even where it is 0: it says that the period is rated, and with which catalog. Throws NotRatable.
 */
export function feeOf(basis: StepBasis, rating: Rating, price: SoldPrice): Transaction {
  const posted = advancedAmount(advancedPeriod(basis.ledger, rating, rating.period.from), price);
  return fee(basis, rating, price, {
    owed: feeAmount(price, rating.part),
    posted,
    in_advance: false,
  });
}

/** The fee of a period that has begun. */
export function feeInAdvance(basis: StepBasis, rating: Rating, price: SoldPrice): Transaction {
  const owed = feeAmount(price, rating.part);
  return fee(basis, rating, price, { owed, posted: null, in_advance: true });
}

/** What was posted in advance and is not owed, or is owed besides, of a fee that a change has touched. */
export interface FeeSettled {
  readonly rating: Rating;
  readonly price: SoldPrice;
  readonly owed: Decimal;
  readonly posted: Decimal;
  /** The period is on another plan by now, which may have a price of that name too. */
  readonly isOfOtherPlan: boolean;
}

/** Brings what was posted in advance for a price to what is owed of it. */
export function feeSettled(
  basis: StepBasis,
  { rating, price, ...of }: FeeSettled,
  in_advance: boolean,
): Transaction {
  return fee(basis, rating, price, { ...of, in_advance });
}

/** What was posted for a price in advance; null where nothing was. */
export function advancedAmount(
  period: RatedPeriod | undefined,
  price: Pick<SoldPrice, "plan" | "price">,
): Decimal | null {
  const posted = billedFor(period, price);
  // Of usage, where the price is one without a meter by now, all is taken back.
  if (posted === undefined || posted.meter !== null) return null;
  return sum([...posted.shares.values()].map(({ amount }) => amount));
}

function fee(
  basis: StepBasis,
  rating: Rating,
  price: SoldPrice,
  of: Omit<FeeSettled, "rating" | "price" | "posted" | "isOfOtherPlan"> & {
    readonly posted: Decimal | null;
    readonly in_advance: boolean;
    readonly isOfOtherPlan?: boolean;
  },
): Transaction {
  const isAgain = of.posted !== null;
  const amount = of.posted === null ? of.owed : sub(of.owed, of.posted);
  const isWhole = rating.part === null && price.covered === "nothing";
  const quantity = feeQuantity(price);
  return charge(basis, rating, price, {
    kind: "fee",
    income: accounts.fees(price.plan),
    quantity,
    amount: of.owed,
    // Of a part of a period, the part says what is owed of the fee.
    explained: isWhole && !isAgain ? explainCharge(ratedFee(price)) : null,
    shares: [
      { dimensions: {}, quantity: isAgain ? "0" : toText(quantity), amount: toText(amount) },
    ],
    measured: { version: 0, parts: [] },
    adjusts: null,
    in_advance: of.in_advance,
    ...(of.isOfOtherPlan === true ? { ofPlan: price.plan } : undefined),
  });
}

/** A fixed amount of a plan is owed once, that of an add-on for each of it; what goes by quantity goes by the seats. */
function ratedFee(price: SoldPrice): ChargeRating {
  const quantity = feeQuantity(price);
  const { charge } = price;
  if (charge.model !== "flat" || price.quantity === "1" || price.of === "plan")
    return rateUsage(chargeOf(price), { of: "quantity", quantity });
  const each = { model: "per_unit", unit_amount: charge.amount, per: "1" } as const;
  return rateUsage(chargeOf({ ...price, charge: each }), { of: "quantity", quantity });
}

function feeQuantity({ charge, quantity, of }: SoldPrice): Decimal {
  return charge.model === "flat" && of === "plan" ? one : decimal(quantity);
}

/**
 * What a price without a meter comes to for a period, or for the part of it that is owed; cut at 24 decimals. Nothing where a
 * trial covers it. Throws NotRatable.
 */
export function feeAmount(price: SoldPrice, part: PeriodPart | null): Decimal {
  if (price.covered !== "nothing") return zero;
  const { amount } = ratedFee(price);
  const owed = part === null ? amount : mulRatios(amount, fractionOf(part));
  return cut(owed, POSTED_DECIMALS);
}

const zero = decimal("0");
const one = decimal("1");
