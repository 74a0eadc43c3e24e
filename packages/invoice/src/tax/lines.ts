import { currency as currencyOf, majorUnits, toText } from "@tallybook/money";

import type { InvoiceFinalized, InvoiceLine } from "../facts.ts";
import type { InvoiceTax } from "./facts.ts";

/** A tax as a line behind the others. */
export type TaxLine = Omit<InvoiceLine, "transaction_kind"> & { readonly transaction_kind: "tax" };

/**
 * What an invoice asks for besides its lines: a line for each tax that its prices do not hold, and that is taken. With the other lines they
 * add up to the total.
 */
export function taxLines({
  taxes,
  currency: code,
  period_from,
  period_to,
}: Pick<InvoiceFinalized, "taxes" | "currency" | "period_from" | "period_to">): TaxLine[] {
  const currency = currencyOf(code);
  if (currency === undefined) throw new Error(`taxes in ${code}, which is no currency`);
  return taxes.filter(isAsked).map((tax) => ({
    transaction: "",
    transaction_kind: "tax",
    meter: null,
    dimensions: {},
    quantity: "1",
    exact: toText(majorUnits(tax.amount, currency)),
    amount: tax.amount,
    description: taxName(tax),
    period_from,
    period_to,
    tax_category: null,
  }));
}

/** Whether a tax is asked for besides the lines: prices do not hold it, and it is taken. */
export function isAsked({
  inclusive,
  treatment,
}: Pick<InvoiceTax, "inclusive" | "treatment">): boolean {
  return !inclusive && treatment === "taxed";
}

/** Such as `VAT, DE, 19 %`, or why nothing is taken. */
export function taxName({
  name,
  jurisdiction,
  percent,
  reason,
}: Pick<InvoiceTax, "name" | "jurisdiction" | "percent" | "reason">): string {
  if (reason !== "") return reason;
  const where = name === jurisdiction ? [] : [jurisdiction];
  return [name, ...where, `${percent} %`].join(", ");
}
