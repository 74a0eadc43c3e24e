import type { InvoiceToRound } from "@tallybook/journal";
import type { Fact } from "@tallybook/wire";

/** What is to be rounded, by its place on `invoices`. The fold owns its list. */
export interface InvoicesSource {
  readonly invoices: { readonly offset: number; readonly invoice: InvoiceToRound }[];
  /** Behind the last fact. Behind it may stand markers of transactions, which are no news. */
  readonly end: number;
}

export function emptyInvoicesSource(): InvoicesSource {
  return { invoices: [], end: 0 };
}

export function evolveInvoicesSource(
  source: InvoicesSource,
  fact: Fact,
  offset: number,
): InvoicesSource {
  // Nothing is rounded before it is finalized, and a dispute moves no money by itself.
  if (isAboutNoMoney(fact)) return { ...source, end: offset + 1 };
  if (fact.kind !== "InvoiceFinalized")
    throw new Error(`a ${fact.kind} at offset ${offset} of invoices`);
  const {
    invoice,
    tenant,
    customer,
    subscription,
    plan,
    plan_version,
    period_from,
    period_to,
    currency,
    rounding,
  } = fact;
  source.invoices.push({
    offset,
    invoice: {
      invoice,
      tenant,
      customer,
      subscription,
      plan,
      plan_version,
      period_from,
      period_to,
      currency,
      rounding,
    },
  });
  return { ...source, end: offset + 1 };
}

function isAboutNoMoney({ kind }: Fact): boolean {
  return (
    kind === "InvoiceDrafted" ||
    kind === "DisputeOpened" ||
    kind === "DisputeSettled" ||
    kind === "FinalizationOverridden"
  );
}

/** The invoices with offsets in [from, to). */
export function invoicesBetween(
  source: InvoicesSource,
  from: number,
  to: number,
): InvoiceToRound[] {
  return source.invoices
    .filter(({ offset }) => offset >= from && offset < to)
    .map(({ invoice }) => invoice);
}
