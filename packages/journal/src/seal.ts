import { chainHash } from "./canonical.ts";
import type { Transaction } from "./canonical.ts";
import type { TransactionPosted } from "./facts.ts";
import type { OpenStep, Tail } from "./ledger.ts";
import { BrokenJournal } from "./ledger.ts";

/** Numbers the transactions of a step and chains them to the tail. */
export function sealStep(
  tail: Tail,
  step: number,
  transactions: readonly Transaction[],
): TransactionPosted[] {
  let { seq, hash: previous } = tail;
  return transactions.map((transaction) => {
    seq += 1;
    const hash = chainHash(previous, transaction);
    const posted: TransactionPosted = {
      kind: "TransactionPosted",
      ...transaction,
      seq,
      previous,
      hash,
      step,
    };
    previous = hash;
    return posted;
  });
}

/**
 * What is still to append of a step that was computed again after an interruption. Throws `BrokenJournal` where what
 * already stands there is not what the step comes to: then something that should be fixed has changed.
 */
export function remainderOf(
  open: OpenStep,
  sealed: readonly TransactionPosted[],
): TransactionPosted[] {
  for (const [index, posted] of open.transactions.entries()) {
    const computed = sealed[index];
    if (computed === undefined || Buffer.compare(computed.hash, posted.hash) !== 0) {
      throw new BrokenJournal(
        `step ${open.begun.step}: transaction ${posted.seq} (${posted.transaction_kind} ${posted.cause}) is not what the step comes to when computed again`,
      );
    }
  }
  return sealed.slice(open.transactions.length);
}
