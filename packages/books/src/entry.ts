import type { Posting, TransactionPosted } from "@tallybook/journal";

/** A transaction of the journal under the names that its receiver's books give the accounts. */
export interface Entry {
  readonly transaction: TransactionPosted;
  /** In whose books it stands; null: in the tenant's own. */
  readonly entity: string | null;
  /** In the journal's order, with mapped accounts. */
  readonly postings: readonly Posting[];
}

/** Postings of a transaction to accounts that the map gives one name stay apart: nothing is netted. */
export function entryOf(
  { transaction, entity }: Omit<Entry, "postings">,
  nameOf: (account: string, entity: string | null) => string,
): Entry {
  return {
    transaction,
    entity,
    postings: transaction.postings.map(({ account, amount }) => ({
      account: nameOf(account, entity),
      amount,
    })),
  };
}
