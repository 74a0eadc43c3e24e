import { add, type Currency, decimal, type Decimal, ratioOf, sub, sum } from "@tallybook/money";
import {
  applyPrepaid,
  type Coupon,
  payFromBalance,
  rateQuantity,
  roundMoney,
  sumOfMoney,
  taxInvoice,
  taxOf,
  thresholdBills,
} from "@tallybook/pricing";
import { currencyOf } from "../money.ts";
import { quantityChargeOf } from "../price.ts";
import type { Adapter, Family } from "../registry.ts";
import { exact, exactly, Fields, numberOf } from "../values.ts";
import { discountOf } from "./rounding.ts";

/** Coupons in order over lines, then tax. */
const invoice_discount_tax: Adapter = (given) => {
  const fields = new Fields(given);
  const lines = fields.each("lines");
  const taxable = lines.map((line) => ({
    amount: line.number("amount"),
    taxPercents: taxesOf(line),
  }));
  const coupons = fields.each("coupons_in_order").map((coupon) => couponOf(coupon, lines));
  const invoice = taxInvoice(taxable, coupons, currencyOf(fields));
  return {
    lines: invoice.lines.map((line, index) => ({
      line: lines[index]?.textOr("line", ""),
      discount_unrounded: exact(line.discount),
      tax_unrounded: exact(line.tax),
      tax: exactly(line.taxRounded),
    })),
    subtotal: exactly(invoice.subtotal),
    discount: exactly(invoice.discount),
    subtotal_after_discount: exactly(invoice.subtotalAfterDiscount),
    tax: exactly(invoice.tax),
    total: exactly(invoice.total),
  };
};

function couponOf(coupon: Fields, lines: readonly Fields[]): Coupon {
  const discount = discountOf(coupon);
  if (coupon.has("applies_to_lines")) {
    const names = coupon.list("applies_to_lines");
    return { discount, lines: placesOf(lines, (line) => names.includes(line.text("line"))) };
  }
  if (coupon.has("applies_to_plan")) {
    const plan = coupon.text("applies_to_plan");
    return { discount, lines: placesOf(lines, (line) => line.textOr("plan", "") === plan) };
  }
  return { discount, lines: null };
}

function placesOf(lines: readonly Fields[], isFor: (line: Fields) => boolean): number[] {
  return lines.flatMap((line, index) => (isFor(line) ? [index] : []));
}

function taxesOf(line: Fields): Decimal[] {
  if (line.has("tax_percents")) return line.numbers("tax_percents");
  return line.has("tax_percent") ? [line.number("tax_percent")] : [];
}

/** Lines of less than a cent, their tax, and a prepaid balance that may not make the total negative. */
const invoice_prepaid: Adapter = (given) => {
  const fields = new Fields(given);
  const currency = currencyOf(fields);
  const groups = fields.each("lines");
  const taxable = groups.flatMap((group) =>
    Array.from({ length: group.wholeOrNull("count") ?? 1 }, () => ({
      amount: roundMoney(ratioOf(group.number("precise_amount")), currency),
      taxPercents: taxesOf(group),
    })),
  );
  const invoice = taxInvoice(taxable, [], currency);
  const precise = groups.map((group) =>
    taxOf(ratioOf(group.number("precise_amount")), sum(taxesOf(group))),
  );
  const paid = payFromBalance(invoice.total, fields.number("prepaid_balance"));
  return {
    line_amounts: groups.map((group) =>
      exactly(roundMoney(ratioOf(group.number("precise_amount")), currency)),
    ),
    line_tax: groups.map((group) => exactly(lineTaxOf(group, currency))),
    line_tax_unrounded: precise.map(exact),
    subtotal: exactly(invoice.subtotal),
    tax: exactly(invoice.tax),
    subtotal_with_tax: exactly(invoice.total),
    prepaid_applied: exactly(paid.applied),
    total: exactly(paid.total),
    prepaid_balance_after: exactly(paid.balance),
  };
};

/** A line's own tax is on its amount as it is shown. */
function lineTaxOf(group: Fields, currency: Currency): Decimal {
  const amount = roundMoney(ratioOf(group.number("precise_amount")), currency);
  return roundMoney(taxOf(ratioOf(amount), sum(taxesOf(group))), currency);
}

const apply_prepaid: Adapter = (given) => {
  const fields = new Fields(given);
  const used = applyPrepaid(
    fields.each("lines").map((line) => ({
      type: line.textOr("type", "usage") === "usage" ? "usage" : "fixed",
      amount: line.number("amount"),
      discounts: [line.numberOr("line_discount", "0"), line.numberOr("invoice_discount", "0")],
    })),
    fields.each("wallets").map((wallet) => ({
      wallet: wallet.text("wallet"),
      balance: wallet.number("balance"),
    })),
    "usage_lines",
    currencyOf(fields),
  );
  return {
    applied: used.applied.map(exactly),
    debits: Object.fromEntries(used.debits.map(({ wallet, amount }) => [wallet, exactly(amount)])),
  };
};

/** Usage billed whenever it reaches a threshold, and what is left at the period's end. */
const progressive_billing: Adapter = (given, { system }) => {
  const fields = new Fields(given);
  const currency = currencyOf(fields);
  const price = fields.has("price")
    ? fields.fields("price").given
    : { model: "per_unit", unit_amount: fields.text("unit_amount") };
  const charge = quantityChargeOf(price, system);
  let quantity = decimal("0");
  const amounts = fields.list("events").map((event) => {
    const [, units] = Array.isArray(event) ? (event as string[]) : [];
    quantity = add(quantity, numberOf(units, "events"));
    return roundMoney(rateQuantity(charge, quantity).amount, currency);
  });
  const bills = thresholdBills(
    { once: fields.numbers("thresholds"), recurring: fields.numberOrNull("recurring_threshold") },
    amounts,
  );
  const fees = add(amounts.at(-1) ?? decimal("0"), fields.numberOr("plan_fee", "0"));
  const credit = sumOfMoney(bills.map(ratioOf), currency, "each");
  return {
    threshold_invoices: bills.map(exactly),
    period_end: {
      fees: exactly(fees),
      progressive_credit: exact(credit),
      total: exactly(sub(fees, sum(bills))),
    },
  };
};

export const invoices: Family = {
  adapters: { invoice_discount_tax, invoice_prepaid, apply_prepaid, progressive_billing },
  unordered: [],
};
