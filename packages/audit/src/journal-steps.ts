import { emptyLedger, evolveLedger, isHeadSigned } from "@tallybook/journal";
import type { HeadSigned, JournalFact, StepBegun, TransactionPosted } from "@tallybook/journal";
import { readAll } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import { readPublicKey } from "@tallybook/usage";
import { decode, topics } from "@tallybook/wire";

import { readCuts } from "./books.ts";

/** A step of the journal with its head. */
export interface JournalStep {
  readonly begun: StepBegun;
  readonly transactions: readonly TransactionPosted[];
  readonly head: HeadSigned;
}

/** The journal cannot be vouched for: it does not fold, or a head is not signed by the deployment's key. */
export class UnprovenJournal extends Error {
  override readonly name = "UnprovenJournal";
}

/** The deployment's public key, SPKI in DER; undefined while there is no deployment. */
export async function publicKeyOf(log: Log): Promise<Uint8Array | undefined> {
  return (await readCuts(log)).deployment?.public_key;
}

/**
 * The steps that have a head, in their order, up to the end of the topic as it is now: chained, balanced, each head signed. A step in
 * the making is left out. Throws `UnprovenJournal`.
 */
export async function* journalSteps(
  log: Log,
  publicKey: Uint8Array,
): AsyncGenerator<JournalStep, void> {
  const key = readPublicKey(publicKey);
  let ledger = emptyLedger();
  let begun: StepBegun | undefined;
  let transactions: TransactionPosted[] = [];
  for await (const { offset, value } of readAll(log, topics.journal, 0)) {
    const fact = decode(value) as JournalFact;
    try {
      ledger = evolveLedger(ledger, fact);
    } catch (error) {
      throw new UnprovenJournal(
        `the journal is broken at offset ${offset}: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
    if (fact.kind === "StepBegun") [begun, transactions] = [fact, []];
    else if (fact.kind === "TransactionPosted") transactions.push(fact);
    else if (begun !== undefined) {
      if (!isHeadSigned(fact, key))
        throw new UnprovenJournal(
          `the head of step ${fact.step}, at offset ${offset} of the journal, is not signed by this deployment`,
        );
      yield { begun, transactions, head: fact };
    }
  }
}
