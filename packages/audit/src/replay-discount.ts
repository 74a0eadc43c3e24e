import { discountsOf } from "@tallybook/journal";
import type { TransactionPosted } from "@tallybook/journal";
import type { InvoiceLine } from "@tallybook/invoice";
import { decimal, negate, toText } from "@tallybook/money";

import type { Books } from "./books.ts";
import { compareLine } from "./compare-line.ts";
import { compareTransaction } from "./compare-transaction.ts";
import type { LineGrounds, Replayable } from "./line-grounds.ts";
import type { ReplayedLine } from "./replayed.ts";
import { unratedLine } from "./verdict.ts";

/**
 * Computes what a coupon took off again: from what the journal held of the period before its step, and the charges of the step, of which
 * each is a line with a replay of its own.
 */
export function replayDiscount(
  books: Books,
  grounds: LineGrounds,
  invoice: Replayable,
): ReplayedLine {
  const { line, billed, posted, basis } = grounds;
  const { fact } = posted;
  const charges = books.journal
    .map((each) => each.fact)
    .filter((each) => each.kind === "TransactionPosted")
    .filter(({ step }) => step === fact.step);
  const recomputed = discountsOf(basis, charges).find(({ id }) => id === fact.id);
  const compared = [
    ...compareTransaction(fact, recomputed),
    ...compareLine(books, basis, { invoice, billed, line, posted: fact, recomputed }),
  ];
  const { discount } = fact.evidence;
  return unratedLine(grounds, {
    price: `coupon ${discount?.coupon ?? ""}`,
    text: `version ${discount?.coupon_version ?? ""} of it, applied as ${discount?.application ?? ""}`,
    explanation: sentenceOf(fact, billed),
    compared,
  });
}

function sentenceOf(
  { currency, evidence: { amount, discount } }: TransactionPosted,
  { exact }: InvoiceLine,
): string {
  const { percent_off = null, amount_off = null, base = "0" } = discount ?? {};
  const off = percent_off === null ? `${amount_off} ${currency}` : `${percent_off} %`;
  const all = toText(negate(decimal(amount)));
  return `${off} off ${base} ${currency}, which the period's charges come to, is ${all}; ${exact} of it for this line.`;
}
