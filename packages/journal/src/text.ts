import { formatTime } from "@tallybook/periods";

import type { Transaction } from "./canonical.ts";

/**
 * Transactions as a text table, one posting per line, amounts lined up at their ends:
 *
 *     2023-12-01  fee default/sub-00/2023-11-01T00:00:00Z/monthly  assets:receivable:cust-00      20 USD
 *                                                                  income:fees:ai_developer      -20 USD
 */
export function journalText(transactions: readonly Transaction[]): string {
  const lines = transactions.flatMap((transaction) => {
    const title = `${formatTime(transaction.date).slice(0, 10)}  ${transaction.transaction_kind} ${transaction.cause}`;
    return transaction.postings.map(({ account, amount }, index) => ({
      title: index === 0 ? title : "",
      account,
      amount,
      currency: transaction.currency,
    }));
  });
  const titleWidth = widest(lines.map(({ title }) => title));
  const accountWidth = widest(lines.map(({ account }) => account));
  const amountWidth = widest(lines.map(({ amount }) => amount));
  return lines
    .map(
      ({ title, account, amount, currency }) =>
        `${title.padEnd(titleWidth)}  ${account.padEnd(accountWidth)}  ${amount.padStart(amountWidth)} ${currency}`,
    )
    .join("\n");
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, text.length), 0);
}
