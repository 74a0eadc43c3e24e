import type { TransactionPosted } from "@tallybook/journal";
import { decimal, isZero, sub, sum, toText } from "@tallybook/money";

import type { DraftLine, Residual } from "./facts.ts";

/**
 * What of the identity does not hold between the journal and the lines that are made of it: postings that do not sum to zero, and
 * lines that do not ask for exactly what was posted. Empty where all of it does.
 */
export function residualsOf(
  transactions: readonly TransactionPosted[],
  lines: readonly DraftLine[],
): Residual[] {
  const residuals: Residual[] = [];
  function compare(name: string, what: string, residual: ReturnType<typeof decimal>): void {
    if (!isZero(residual)) residuals.push({ name, what, residual: toText(residual) });
  }
  const byTransaction = Map.groupBy(lines, ({ transaction }) => transaction);
  for (const { id, seq, postings } of transactions) {
    const what = `transaction ${seq}`;
    compare("Σ postings = 0", what, sum(postings.map(({ amount }) => decimal(amount))));
    const owed = postings.filter(({ account }) => account.startsWith("assets:receivable:"));
    const asked = (byTransaction.get(id) ?? []).map(({ exact }) => decimal(exact));
    compare(
      "Σ journal = Σ lines",
      what,
      sub(sum(owed.map(({ amount }) => decimal(amount))), sum(asked)),
    );
  }
  return residuals;
}
