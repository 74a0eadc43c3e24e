import { decimal, isZero, ratioOf, sum } from "@tallybook/money";
import {
  type Commitment,
  type CommittedCharge,
  leftToBill,
  rateCapacity,
  rateCommittedWindows,
  rateSeveral,
  type SeveralRating,
} from "@tallybook/pricing";
import { type Given, Refused } from "../case.ts";
import { currencyOf } from "../money.ts";
import { chargeOf, quantityChargeOf } from "../price.ts";
import type { About, Adapter, Family } from "../registry.ts";
import { exact, exactly, Fields, type Got, numbersByName } from "../values.ts";

/** Several units, each by its own price. */
const rate_multi: Adapter = (given, about) => {
  const rating = severalOf(new Fields(given), about);
  return { total: exact(rating.amount), lines: linesOf(rating) };
};

/** What is left to bill of them. */
const rerate_multi: Adapter = (given, about) => {
  const fields = new Fields(given);
  const rating = severalOf(fields, about);
  const billed = numbersByName(fields.fields("already_billed"));
  const currency = fields.has("currency") ? currencyOf(fields) : null;
  const left = leftToBill(rating.amount, billed.get("total") ?? sum(billed.values()), currency);
  return { total: exact(left), lines: isZero(left.num) ? [] : linesOf(rating) };
};

function severalOf(fields: Fields, { system }: About): SeveralRating {
  const prices = fields.fields("prices");
  const charges = prices
    .names()
    .map((unit) => [unit, quantityChargeOf(prices.fields(unit).given, system)] as const);
  return rateSeveral(new Map(charges), numbersByName(fields.fields("quantities")));
}

function linesOf({ lines }: SeveralRating): Got {
  return lines.map(({ unit, share }) => ({
    unit,
    tier: share.tier,
    quantity: exactly(share.billed),
    amount: exact(share.amount),
  }));
}

/** One amount for the peaks of several units. */
const rate_capacity: Adapter = (given, about) => {
  const { amount, tier } = capacityRating(new Fields(given), about);
  return { total: exactly(amount), tier };
};

const rerate_capacity: Adapter = (given, about) => {
  const fields = new Fields(given);
  const { amount } = capacityRating(fields, about);
  return { total: exact(leftToBill(ratioOf(amount), fields.number("already_billed"), null)) };
};

function capacityRating(fields: Fields, { system }: About) {
  const charge = chargeOf(fields.fields("price").given, system);
  if (charge.model !== "capacity") throw new Refused(`${charge.model} is no price by capacity`);
  return rateCapacity(charge, numbersByName(fields.fields("peaks")));
}

/** Each window against the commitment of its hours, or of the line. */
const rate_windows_commitment: Adapter = (given, about) => {
  const fields = new Fields(given);
  const line = fields.fields("line");
  const hours = fields.each("time_buckets").map((bucket) => ({
    // Hours without a price of their own have the line's.
    ...committedOf(bucket, about, priceOf(line)),
    fromHour: bucket.whole("from_hour"),
    toHour: bucket.whole("to_hour"),
  }));
  const windows = fields.each("windows").map((window) => ({
    startHour: window.wholeOrNull("start_hour"),
    quantity: window.number("quantity"),
  }));
  const rating = rateCommittedWindows(committedOf(line, about, priceOf(line)), hours, windows);
  return {
    total: exact(rating.total),
    commitment_used: exact(rating.used),
    overage: exact(rating.overage),
    true_up: exact(rating.trueUp),
  };
};

function committedOf(fields: Fields, { system }: About, usual: Given): CommittedCharge {
  const isPriced = fields.has("price") || fields.has("unit_amount");
  const price = isPriced ? priceOf(fields) : usual;
  return { charge: quantityChargeOf(price, system), commitment: commitmentOf(fields) };
}

function priceOf(fields: Fields): Given {
  if (fields.has("price")) return fields.fields("price").given;
  return { model: "per_unit", unit_amount: fields.text("unit_amount") };
}

function commitmentOf(fields: Fields): Commitment | null {
  const terms = {
    overageFactor: fields.numberOrNull("overage_factor") ?? decimal("1"),
    trueUp: fields.flag("true_up"),
  };
  if (fields.has("commitment_amount")) {
    const amount = fields.number("commitment_amount");
    return { committed: { kind: "amount", amount }, ...terms };
  }
  if (fields.has("commitment_quantity")) {
    const quantity = fields.number("commitment_quantity");
    return { committed: { kind: "quantity", quantity }, ...terms };
  }
  return null;
}

export const several: Family = {
  adapters: { rate_multi, rerate_multi, rate_capacity, rerate_capacity, rate_windows_commitment },
  unordered: [],
};
