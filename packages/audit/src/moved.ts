import { isMovementKind } from "@tallybook/journal";
import type { Movement, TransactionPosted } from "@tallybook/journal";
import { decimal, isNegative, sum } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";

import type { Sheet } from "./sheet.ts";

/**
 * From payments, credits, notes and voids to the journal: each that the head has taken is one transaction that posts exactly that, and
 * nothing else of their kinds is posted.
 */
export function compareMoved(
  transactions: readonly TransactionPosted[],
  movements: readonly Movement[],
  sheet: Sheet,
): void {
  const posted = Map.groupBy(
    transactions.filter(({ transaction_kind }) => isMovementKind(transaction_kind)),
    ({ transaction_kind, cause }) => keyOf(transaction_kind, cause),
  );
  const nameOf = (currency: string) => `Σ money moved on invoices = Σ journal: ${currency}`;
  for (const { tenant, currency, movement, cause, postings, settles } of movements) {
    const own = posted.get(keyOf(movement, cause))?.shift();
    const place = { tenant, name: nameOf(currency), what: `${movement} ${cause}` };
    sheet.compare(place, debitsOf(postings), own === undefined ? zero : debitsOf(own.postings));
    const isSame =
      JSON.stringify([postings, settles]) ===
      JSON.stringify([own?.postings ?? [], own?.evidence.settles ?? []]);
    sheet.check(place, isSame ? 0 : 1, 0);
  }
  for (const [key, others] of posted) {
    for (const { tenant, currency, postings } of others)
      sheet.compare({ tenant, name: nameOf(currency), what: key }, zero, debitsOf(postings));
  }
}

function debitsOf(postings: TransactionPosted["postings"]): Decimal {
  return sum(postings.map(({ amount }) => decimal(amount)).filter((each) => !isNegative(each)));
}

function keyOf(kind: string, cause: string): string {
  return `${kind} ${cause}`;
}

const zero = decimal("0");
