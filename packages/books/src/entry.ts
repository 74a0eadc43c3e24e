import type { Posting, TransactionPosted } from "@tallybook/journal";

/** A transaction of the journal under the names that its receiver's books give the accounts. */
export interface Entry {
  readonly transaction: TransactionPosted;
  /** In the journal's order, with mapped accounts. */
  readonly postings: readonly Posting[];
}

/** Postings of a transaction to accounts that the map gives one name stay apart: nothing is netted. */
export function entryOf(
  transaction: TransactionPosted,
  nameOf: (account: string) => string,
): Entry {
  return {
    transaction,
    postings: transaction.postings.map(({ account, amount }) => ({
      account: nameOf(account),
      amount,
    })),
  };
}
