import { linesAgain, roundLines } from "@tallybook/invoice";
import type { InvoiceLine } from "@tallybook/invoice";
import type { StepBasis, Transaction, TransactionPosted } from "@tallybook/journal";

import type { Books } from "./books.ts";
import { pair } from "./compare-transaction.ts";
import type { Replayable } from "./line-grounds.ts";
import type { Compared } from "./replayed.ts";
import { compareAsked, compareTaxes, taxedAgain } from "./taxed-again.ts";

/** The invoice's lines again, with this transaction as it was recomputed: the cents hang on all lines. */
export function compareLine(
  { journal, history, calculations }: Books,
  basis: StepBasis,
  of: {
    readonly invoice: Replayable;
    readonly billed: InvoiceLine;
    readonly line: number;
    readonly posted: TransactionPosted;
    readonly recomputed: Transaction | undefined;
  },
): Compared[] {
  const { invoice, billed, line, posted, recomputed } = of;
  const ids = new Set(invoice.lines.map(({ transaction }) => transaction));
  const transactions = journal
    .map(({ fact }) => fact)
    .filter((fact) => fact.kind === "TransactionPosted")
    .filter(({ id }) => ids.has(id))
    .map((each) =>
      each.id === posted.id && recomputed !== undefined ? { ...each, ...recomputed } : each,
    );
  const begun = journal
    .map(({ fact }) => fact)
    .find((fact) => fact.kind === "StepBegun" && fact.step === invoice.journal_step);
  const catalogOffset =
    begun?.kind === "StepBegun" ? begun.catalog_offset : basis.begun.catalog_offset;
  const lines = linesAgain(invoice, transactions, history.at(catalogOffset));
  const taxes = taxedAgain({ history, calculations }, invoice, lines);
  const rounded = roundLines({ lines, currency: invoice.currency, taxes });
  const again = lines[line - 1];
  return [
    pair("line", "quantity", billed.quantity, again?.quantity ?? "-"),
    pair("line", "exact amount", billed.exact, again?.exact ?? "-"),
    pair(
      "line",
      `minor units of ${invoice.currency}`,
      billed.amount,
      rounded.lines[line - 1]?.amount ?? "-",
    ),
    pair("invoice", `total in minor units of ${invoice.currency}`, invoice.total, rounded.total),
    ...compareAsked({ calculations }, invoice, lines),
    ...compareTaxes(invoice, taxes),
  ];
}
