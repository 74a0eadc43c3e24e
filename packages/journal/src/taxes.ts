import { currency as currencyOf, isZero, majorUnits, negate, toText } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";

import { balance } from "./balance.ts";
import type { Transaction } from "./canonical.ts";
import type { Posting } from "./facts.ts";
import { accounts, taxCause } from "./names.ts";
import type { StepBasis } from "./plan.ts";
import { identified, owed } from "./post.ts";
import type { InvoiceTaxToPost, InvoiceToRound } from "./post.ts";
import { unrated } from "./unrated.ts";

/**
 * What a finalized invoice owes to jurisdictions, a transaction for each of its taxes that is not 0: asked of the customer besides the
 * charges, or, where prices held it, taken from what was posted as income. None that was taken before.
 */
export function taxesOf(basis: StepBasis, invoice: InvoiceToRound): Transaction[] {
  return invoice.taxes.flatMap((tax, nth) => {
    const cause = taxCause(invoice.tenant, invoice.invoice, nth);
    const amount = majorOf(tax.amount, invoice.currency);
    if (isZero(amount) || basis.ledger.taxed.has(cause)) return [];
    return [transactionOf(basis, invoice, { tax, cause, amount })];
  });
}

function transactionOf(
  basis: StepBasis,
  invoice: InvoiceToRound,
  of: { readonly tax: InvoiceTaxToPost; readonly cause: string; readonly amount: Decimal },
): Transaction {
  const { tenant, customer, subscription, plan, plan_version, period_from, period_to } = invoice;
  const { jurisdiction, tax_rate, tax_rate_version, percent, inclusive, base, exact } = of.tax;
  const amount = toText(of.amount);
  return {
    ...identified("tax", of.cause, basis),
    tenant,
    currency: invoice.currency,
    postings: postingsOf(customer, of.tax, of.amount),
    adjusts: null,
    evidence: {
      ...unrated,
      cut: basis.begun.cut,
      catalog_offset: basis.begun.catalog_offset,
      customer,
      subscription,
      contract: null,
      contract_version: null,
      plan,
      plan_version,
      period_from,
      period_to,
      quantity: "0",
      amount,
      shares: [{ dimensions: {}, quantity: "0", amount }],
      invoice: invoice.invoice,
      tax: { jurisdiction, tax_rate, tax_rate_version, percent, inclusive, base, exact },
    },
  };
}

function postingsOf(
  customer: string,
  { jurisdiction, inclusive }: InvoiceTaxToPost,
  amount: Decimal,
): readonly Posting[] {
  const liability = accounts.tax(jurisdiction);
  if (!inclusive) return owed(customer, liability, amount);
  return balance([
    { account: accounts.includedTax(jurisdiction), amount: toText(amount) },
    { account: liability, amount: toText(negate(amount)) },
  ]);
}

function majorOf(minor: string, code: string): Decimal {
  const currency = currencyOf(code);
  if (currency === undefined) throw new Error(`a tax in ${code}, which is no currency`);
  return majorUnits(minor, currency);
}
