import {
  committedTail,
  emptyLedger,
  evolveLedger,
  joinSteps,
  sealStep,
  tailOf,
} from "@tallybook/journal";
import type {
  HeadSigned,
  JournalFact,
  Ledger,
  RatedStep,
  StepBegun,
  Transaction,
  TransactionPosted,
} from "@tallybook/journal";

/** A step of the journal, whole. */
export interface PostedStep {
  readonly begun: StepBegun;
  readonly posted: readonly TransactionPosted[];
  readonly head: HeadSigned;
}

/** The steps of a journal that ends with a head. */
export function stepsOf(facts: readonly JournalFact[]): PostedStep[] {
  const steps: PostedStep[] = [];
  let begun: StepBegun | undefined;
  let posted: TransactionPosted[] = [];
  for (const fact of facts) {
    switch (fact.kind) {
      case "StepBegun":
        begun = fact;
        posted = [];
        break;
      case "TransactionPosted":
        posted.push(fact);
        break;
      case "HeadSigned":
        if (begun !== undefined) steps.push({ begun, posted, head: fact });
    }
  }
  return steps;
}

/** The journal as it would be: what steps have posted, or what they come to instead, so that each difference shows once. */
export interface JournalAgain {
  readonly ledger: Ledger;
  takePosted(step: PostedStep): void;
  /** With `again` where `own`, some of what the step has posted, stood. */
  takeInstead(step: PostedStep, own: readonly TransactionPosted[], again: RatedStep): void;
}

export function createJournalAgain(): JournalAgain {
  const ledger = emptyLedger();
  let isAsPosted = true;

  function take({ begun, head }: PostedStep, transactions: readonly Transaction[]): void {
    const sealed = sealStep(committedTail(ledger), begun.step, transactions);
    evolveLedger(ledger, begun);
    for (const each of sealed) evolveLedger(ledger, each);
    // Nobody signs what was never posted, and nobody asks here.
    evolveLedger(ledger, { ...head, ...tailOf(ledger) });
  }

  return {
    ledger,
    takePosted(step) {
      if (isAsPosted)
        for (const fact of [step.begun, ...step.posted, step.head]) evolveLedger(ledger, fact);
      else take(step, step.posted);
    },
    takeInstead(step, own, again) {
      isAsPosted = false;
      const replaced = new Set(own);
      const others = step.posted.filter((each) => !replaced.has(each));
      take(step, joinSteps([{ transactions: others, parked: [] }, again]).transactions);
    },
  };
}
