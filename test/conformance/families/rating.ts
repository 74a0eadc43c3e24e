import { decimal, type Decimal, sum } from "@tallybook/money";
import {
  averageOver,
  type QuantityCharge,
  type QuantityRating,
  rateBetween,
  rateOneTier,
  rateQuantity,
  type Share,
  sumOfRatios,
  withinBounds,
} from "@tallybook/pricing";
import { boundsOf, quantityChargeOf, rangeOf } from "../price.ts";
import type { Adapter, Family } from "../registry.ts";
import { exact, exactly, Fields, type Got } from "../values.ts";

/** One quantity by one price, at full precision. */
const rate: Adapter = (given, { system }) => {
  const fields = new Fields(given);
  const price = fields.fields("price");
  const charge = quantityChargeOf(price.given, system);
  const quantity = fields.number("quantity");
  const rating = rateQuantity(charge, quantity);
  const amount = withinBounds(rating.amount, boundsOf(price));
  const paid = paidOf(charge, rating);
  const over = fields.numberOrNull("average_over") ?? sum(paid.map((share) => share.quantity));
  const last = rating.shares.at(-1);
  return {
    total: exact(amount),
    average_unit_amount: exact(averageOver(amount, over)),
    usage_amount: exact(sumOfRatios(rating.shares.map(({ usage }) => usage))),
    flat_amount: exactly(sum(rating.shares.map(flatOf))),
    paid_quantity: exactly(sum(paid.map((share) => share.quantity))),
    packages: exactly(sum(rating.shares.map(({ billed }) => billed))),
    tier: last?.tier,
    last_tier: last?.tier,
    tier_amounts: rating.shares.map((share) => exact(share.amount)),
    tiers: tiersOf(rating),
  };
};

/** Of packages, what free units do not cover. */
function paidOf(charge: QuantityCharge, { shares }: QuantityRating) {
  return charge.model === "package" ? shares.filter(({ upTo }) => upTo === null) : shares;
}

function flatOf({ flatAmount }: Share): Decimal {
  return flatAmount ?? decimal("0");
}

function tiersOf({ shares }: QuantityRating): Got {
  return shares.map((share) => ({
    tier: share.tier,
    quantity: exactly(share.quantity),
    usage_amount: exact(share.usage),
    flat_amount: exactly(flatOf(share)),
    total: exact(share.amount),
  }));
}

/** One range of a tiered price on its own. */
const rate_tier: Adapter = (given) => {
  const fields = new Fields(given);
  const { tier, bounds } = rangeOf(fields.fields("range"), fields.text("range_style"));
  const share = rateOneTier(tier, bounds, fields.number("total_quantity"));
  return {
    quantity: exactly(share.quantity),
    usage_amount: exact(share.usage),
    flat_amount: exactly(flatOf(share)),
    total: exact(share.amount),
  };
};

/** A piece of a period: everything up to its end, and the tiers that it reaches into. */
const rate_cumulative: Adapter = (given, { system }) => {
  const fields = new Fields(given);
  const charge = quantityChargeOf(fields.fields("price").given, system);
  const { cumulative, touched } = rateBetween(
    charge,
    fields.number("already_rated_quantity"),
    fields.number("quantity_to"),
  );
  return {
    cumulative_total: exact(cumulative.amount),
    touched: touched.map(({ tier, quantity }) => ({ tier, quantity: exactly(quantity) })),
  };
};

/** The price applied to each window on its own. */
const rate_windows: Adapter = (given, { system }) => {
  const fields = new Fields(given);
  const charge = quantityChargeOf(fields.fields("price").given, system);
  const amounts = fields
    .numbers("window_values")
    .map((value) => rateQuantity(charge, value).amount);
  return { total: exact(sumOfRatios(amounts)) };
};

const package_count: Adapter = (given, { system }) => {
  const fields = new Fields(given);
  const round = fields.textOr("round", "up");
  const price = { model: "package", package_amount: "1", round, ...fields.given };
  const { shares } = rateQuantity(quantityChargeOf(price, system), fields.number("quantity"));
  return { packages: exactly(sum(shares.map(({ billed }) => billed))) };
};

const pick_tier: Adapter = (given, { system }) => {
  const fields = new Fields(given);
  const charge = quantityChargeOf(fields.fields("price").given, system);
  const rating = rateQuantity(charge, fields.number("quantity"));
  return { tier: rating.shares.at(-1)?.tier };
};

export const rating: Family = {
  adapters: {
    rate,
    rate_tier,
    rate_cumulative,
    rate_windows,
    package_count,
    pick_tier,
  },
  unordered: [],
};
