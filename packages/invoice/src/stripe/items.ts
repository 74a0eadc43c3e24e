import type { DecimalText } from "@tallybook/money";

import type { InvoiceFinalized, InvoiceLine } from "../facts.ts";
import { taxLines } from "../tax/lines.ts";
import type { TaxLine } from "../tax/lines.ts";
import { stripeAmounts } from "./amounts.ts";
import type { StripeHandOffOrdered } from "./facts.ts";

/** Something that Stripe's invoice asks for. */
export interface StripeItem {
  /** Its place among the items, from 1: the same whenever they are made. */
  readonly item: number;
  readonly description: string;
  /** As Stripe counts the currency: a whole number. */
  readonly amount: DecimalText;
}

/** Stripe takes 250; some room is left. */
const itemsMax = 200;
const descriptionMax = 500;

/**
 * What Stripe's invoice is to consist of: an item for each line of ours that asks for something or takes something off, then one for each tax that
 * prices do not hold, and one for what was settled before the hand-off. They add up to the ordered amount. Of more than 200, those of one charge
 * are one item, and if there are too many charges, all are one. A text says why there are none.
 */
export function stripeItems(
  invoice: InvoiceFinalized,
  { amount, currency }: Pick<StripeHandOffOrdered, "amount" | "currency">,
): readonly StripeItem[] | string {
  const lines: readonly (InvoiceLine | TaxLine)[] = [...invoice.lines, ...taxLines(invoice)];
  const before = BigInt(amount) - BigInt(invoice.total);
  const settled = before === 0n ? [] : [{ description: settledBefore, amount: String(before) }];
  const asked = [...joined(lines, invoice.number), ...settled].filter(
    (each) => each.amount !== "0",
  );
  const amounts = stripeAmounts(
    currency,
    asked.map((each) => each.amount),
  );
  if (amounts === undefined)
    return `Stripe has no amount for ${amount} ${currency} (minor units): it counts ${currency} in larger steps; collect it otherwise, or take the odd rest off by a credit note and hand it over again`;
  return asked
    .map(({ description }, at) => ({ description, amount: amounts[at] ?? "0" }))
    .filter((each) => each.amount !== "0")
    .map(({ description, amount: each }, at) => ({
      item: at + 1,
      description: description.slice(0, descriptionMax),
      amount: each,
    }));
}

const settledBefore = "Paid, credited or added since the invoice was made";

type Asked = Pick<StripeItem, "description" | "amount">;

function joined(lines: readonly (InvoiceLine | TaxLine)[], number: string): readonly Asked[] {
  if (lines.length <= itemsMax) return lines;
  const byCharge = new Map<string, Asked>();
  for (const { transaction, transaction_kind, description, amount } of lines) {
    const charge = transaction_kind === "tax" ? description : transaction;
    const known = byCharge.get(charge);
    const sum = String(BigInt(known?.amount ?? "0") + BigInt(amount));
    byCharge.set(charge, { description: known?.description ?? description, amount: sum });
  }
  if (byCharge.size <= itemsMax) return [...byCharge.values()];
  const all = [...byCharge.values()].reduce((sum, { amount }) => sum + BigInt(amount), 0n);
  return [{ description: `Invoice ${number}`, amount: String(all) }];
}
