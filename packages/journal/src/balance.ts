import { add, decimal, isZero, toText } from "@tallybook/money";
import type { Decimal, DecimalText } from "@tallybook/money";

import type { Posting } from "./facts.ts";

/** Postings that do not sum to zero: nothing may be posted of them. */
export class Unbalanced extends Error {
  override readonly name = "Unbalanced";
  readonly difference: DecimalText;
  constructor(difference: DecimalText, accounts: readonly string[]) {
    super(`postings to ${accounts.join(", ")} sum to ${difference}, not to 0`);
    this.difference = difference;
  }
}

/** The postings, as they are, if they sum to zero. Throws `Unbalanced`. A transaction has one currency. */
export function balance(postings: readonly Posting[]): readonly Posting[] {
  let sum: Decimal = decimal("0");
  for (const { amount } of postings) sum = add(sum, decimal(amount));
  if (!isZero(sum))
    throw new Unbalanced(
      toText(sum),
      postings.map(({ account }) => account),
    );
  return postings;
}
