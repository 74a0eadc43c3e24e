import type { InvoiceLine } from "@tallybook/invoice";
import { orderedAdjustments, orderOf } from "@tallybook/journal";
import type { StepBasis, TransactionPosted } from "@tallybook/journal";

import type { Books, Placed } from "./books.ts";
import { compareLine } from "./compare-line.ts";
import { compareTransaction, pair } from "./compare-transaction.ts";
import { lineOf, verdictOf } from "./replay-line.ts";
import type { Replayable } from "./replay-line.ts";
import type { Replay } from "./replayed.ts";
import { sentenceOf } from "./sentence.ts";

/** An adjustment that somebody ordered: from the order in the catalog to the cents. */
export function replayOrdered(
  books: Books,
  basis: StepBasis,
  of: {
    readonly invoice: Replayable;
    readonly billed: InvoiceLine;
    readonly line: number;
    readonly posted: Placed<TransactionPosted>;
  },
): Replay {
  const { invoice, billed, line, posted } = of;
  const { fact } = posted;
  const recomputed = orderedAdjustments(basis).find(({ id }) => id === fact.id);
  const order = orderOf(basis.catalogAt(basis.begun.catalog_offset), fact);
  const compared = [
    pair("order", "amount", fact.evidence.amount, order?.amount ?? "-"),
    ...compareTransaction(fact, recomputed),
    ...compareLine(books, basis, { invoice, billed, line, posted: fact, recomputed }),
  ];
  return {
    ...lineOf(of),
    catalog_offset: fact.evidence.catalog_offset,
    meter: null,
    price: {
      plan: fact.evidence.plan,
      plan_version: fact.evidence.plan_version,
      price: order?.adjustment ?? "",
      text: `ordered by ${order?.actor ?? "nobody"}: ${order?.reason ?? ""}`,
    },
    explanation: sentenceOf(fact, billed, invoice.currency),
    events: [],
    rollup: [],
    postings: fact.postings,
    compared,
    verdict: verdictOf(compared),
  };
}
