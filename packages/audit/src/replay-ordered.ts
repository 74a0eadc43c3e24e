import { orderedAdjustments, orderOf } from "@tallybook/journal";

import type { Books } from "./books.ts";
import { compareLine } from "./compare-line.ts";
import { compareTransaction, pair } from "./compare-transaction.ts";
import type { LineGrounds, Replayable } from "./line-grounds.ts";
import type { ReplayedLine } from "./replayed.ts";
import { sentenceOf } from "./sentence.ts";
import { unratedLine } from "./verdict.ts";

/** An adjustment that somebody ordered: from the order in the catalog to the cents. */
export function replayOrdered(
  books: Books,
  grounds: LineGrounds,
  invoice: Replayable,
): ReplayedLine {
  const { billed, line, posted, basis } = grounds;
  const { fact } = posted;
  const recomputed = orderedAdjustments(basis).find(({ id }) => id === fact.id);
  const order = orderOf(basis.catalogAt(basis.begun.catalog_offset), fact);
  const compared = [
    pair("order", "amount", fact.evidence.amount, order?.amount ?? "-"),
    ...compareTransaction(fact, recomputed),
    ...compareLine(books, basis, { invoice, billed, line, posted: fact, recomputed }),
  ];
  return unratedLine(grounds, {
    price: order?.adjustment ?? "",
    text: `ordered by ${order?.actor ?? "nobody"}: ${order?.reason ?? ""}`,
    explanation: sentenceOf(fact, billed, invoice.currency),
    compared,
  });
}
