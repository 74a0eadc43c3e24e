import { takenOf } from "@tallybook/invoice";
import type { InvoicesFact } from "@tallybook/invoice";
import type { TakenOfInvoices } from "@tallybook/journal";
import type { Fact } from "@tallybook/wire";

/** What is to be posted of `invoices`, by its place there. The fold owns its list. */
export interface InvoicesSource {
  readonly taken: { readonly offset: number; readonly of: TakenOfInvoices }[];
  /** Behind the last fact. Behind it may stand markers of transactions, which are no news. */
  readonly end: number;
}

export function emptyInvoicesSource(): InvoicesSource {
  return { taken: [], end: 0 };
}

export function evolveInvoicesSource(
  source: InvoicesSource,
  fact: Fact,
  offset: number,
): InvoicesSource {
  const of = takenOf(fact as InvoicesFact);
  if (of !== undefined) source.taken.push({ offset, of });
  return { ...source, end: offset + 1 };
}

/** What was written at offsets in [from, to). */
export function takenBetween(
  { taken }: InvoicesSource,
  from: number,
  to: number,
): TakenOfInvoices[] {
  return taken.filter(({ offset }) => offset >= from && offset < to).map(({ of }) => of);
}
