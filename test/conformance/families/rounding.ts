import { ratioOf, sub, sum } from "@tallybook/money";
import {
  aboveMaximum,
  capCredit,
  convertPiece,
  convertUnits,
  type Discount,
  discountRounded,
  discountUsage,
  plusTax,
  rateQuantity,
  roundMoney,
  roundUnits,
  spreadDiscount,
  stackDiscounts,
  sumOfMoney,
  sumOfRatios,
  taxesOf,
  taxOf,
  trueUpOfRounded,
} from "@tallybook/pricing";
import { currencyOf } from "../money.ts";
import { conversionOf, quantityChargeOf, roundingOf } from "../price.ts";
import type { Adapter, Family } from "../registry.ts";
import { exact, exactly, Fields } from "../values.ts";

const round_money: Adapter = (given) => {
  const fields = new Fields(given);
  return { amount: exactly(roundMoney(ratioOf(fields.number("amount")), currencyOf(fields))) };
};

const sum_of_rounded: Adapter = (given) => {
  const fields = new Fields(given);
  const amounts = fields.numbers("amounts").map(ratioOf);
  return { subtotal: exact(sumOfMoney(amounts, currencyOf(fields), "each")) };
};

const rate_and_round: Adapter = (given, { system }) => {
  const fields = new Fields(given);
  const price = fields.has("price")
    ? fields.fields("price").given
    : { model: "per_unit", unit_amount: fields.text("unit_amount") };
  const { amount } = rateQuantity(quantityChargeOf(price, system), fields.number("quantity"));
  return { amount: exactly(roundMoney(amount, currencyOf(fields))) };
};

const discount: Adapter = (given) => {
  const fields = new Fields(given);
  const amount = fields.number("amount");
  const { discount: off, final } = discountRounded(amount, discountOf(fields), currencyOf(fields));
  return { discount: exactly(off), final: exactly(final) };
};

export function discountOf(fields: Fields): Discount {
  if (fields.has("percent_off")) {
    return { kind: "percent", percentOff: fields.number("percent_off") };
  }
  const name = fields.has("amount_off") ? "amount_off" : "fixed_amount";
  return { kind: "fixed", amountOff: fields.number(name) };
}

const tax_percent: Adapter = (given) => {
  const fields = new Fields(given);
  const taxable = ratioOf(fields.number("taxable"));
  return {
    tax: exactly(roundMoney(taxOf(taxable, fields.number("tax_percent")), currencyOf(fields))),
  };
};

const tax_after_discount: Adapter = (given) => {
  const fields = new Fields(given);
  const taxable = sub(fields.number("subtotal"), fields.number("discount"));
  const total = plusTax(taxable, fields.number("tax_percent"), currencyOf(fields));
  return { tax: exactly(sub(total, taxable)), total: exactly(total) };
};

const tax_many: Adapter = (given) => {
  const fields = new Fields(given);
  const { taxes, total } = taxesOf(
    ratioOf(fields.number("taxable")),
    fields.numbers("tax_percents"),
    currencyOf(fields),
  );
  return { taxes: taxes.map(exactly), total_tax: exactly(total) };
};

const true_up_rounded: Adapter = (given) => {
  const fields = new Fields(given);
  const committed = ratioOf(fields.number("commitment"));
  const used = ratioOf(fields.number("used"));
  return { true_up: exactly(trueUpOfRounded(committed, used, currencyOf(fields))) };
};

const maximum_spend_discount: Adapter = (given) => {
  const fields = new Fields(given);
  const off = aboveMaximum(
    fields.number("line_amount"),
    fields.numberOr("billed_before_line", "0"),
    fields.number("maximum_amount"),
    currencyOf(fields),
  );
  return { discount: exactly(off) };
};

const cap_credit: Adapter = (given) => {
  const fields = new Fields(given);
  const credit = capCredit(
    fields.number("potential"),
    fields.number("paid"),
    fields.numberOr("earlier_credits", "0"),
  );
  return { credit: exactly(credit) };
};

const stack_coupons: Adapter = (given, { system }) => {
  const fields = new Fields(given);
  const off = stackDiscounts(
    ratioOf(fields.number("subtotal")),
    fields.each("coupons").map(discountOf),
    system === "meteroid" ? "percentages_first" : "as_given",
  );
  return { discount: exact(sumOfRatios(off)), discounts: off.map(exact) };
};

const spread_discount: Adapter = (given) => {
  const fields = new Fields(given);
  const lines = fields.numbers("lines");
  const shares = spreadDiscount(lines, fields.number("discount"), currencyOf(fields));
  return {
    taxable: lines.map((line, index) => exactly(sub(line, shares[index] ?? line))),
    shares: shares.map(exactly),
    discount: exactly(sum(shares)),
  };
};

const usage_discount: Adapter = (given) => {
  const fields = new Fields(given);
  const left = discountUsage(
    fields.number("free_units"),
    fields.number("quantity"),
    fields.numberOr("quantity_before_line", "0"),
  );
  return {
    quantity: exactly(left.quantity),
    quantity_before_line: exactly(left.quantityBefore),
    free_on_line: exactly(left.freeOnLine),
    free_before_line: exactly(left.freeBefore),
  };
};

const round_units: Adapter = (given) => {
  const fields = new Fields(given);
  if (!fields.has("function")) return { quantity: exactly(fields.number("quantity")) };
  const mode = roundingOf(fields.text("function"));
  return {
    quantity: exactly(
      roundUnits(fields.number("quantity"), mode, fields.wholeOrNull("precision") ?? 0),
    ),
  };
};

const convert_units: Adapter = (given) => {
  const fields = new Fields(given);
  return { quantity: exactly(convertUnits(conversionOf(fields), fields.number("quantity"))) };
};

const convert_units_split: Adapter = (given) => {
  const fields = new Fields(given);
  const conversion = conversionOf(fields);
  const before = fields.number("quantity_before_line");
  const quantity = fields.number("quantity");
  const piece = { before, quantity, until: sum([before, quantity]) };
  return {
    per_line_independent: exactly(convertPiece(conversion, piece, "of_piece")),
    cumulative_difference: exactly(convertPiece(conversion, piece, "of_period")),
  };
};

export const rounding: Family = {
  adapters: {
    round_money,
    sum_of_rounded,
    rate_and_round,
    discount_fixed: discount,
    discount_percent: discount,
    tax_percent,
    tax_after_discount,
    tax_many,
    true_up_rounded,
    maximum_spend_discount,
    cap_credit,
    stack_coupons,
    spread_discount,
    usage_discount,
    round_units,
    convert_units,
    convert_units_split,
  },
  unordered: [],
};
