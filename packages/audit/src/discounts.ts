import { discountsOf, emptyLedger, evolveLedger } from "@tallybook/journal";
import type {
  JournalFact,
  StepBasis,
  StepBegun,
  Transaction,
  TransactionPosted,
} from "@tallybook/journal";
import { decimal, negate, sum } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";

import type { Sheet } from "./sheet.ts";

/** What a step was computed from besides what it began with, and the journal before it. */
type Known = Omit<StepBasis, "begun" | "ledger">;

/**
 * What the coupons take off each step's charges, computed again from the journal before it, against what was posted. The charges
 * themselves are compared with the rollups. A journal that does not fold is told elsewhere.
 */
export function compareDiscounts(
  known: Known,
  journal: readonly JournalFact[],
  sheet: Sheet,
): void {
  const isDiscounted = ({ begun }: Step) =>
    [...known.catalogAt(begun.catalog_offset).tenants.values()].some(
      ({ couponsByCustomer }) => couponsByCustomer.size > 0,
    );
  const steps = stepsOf(journal);
  const last = steps.at(-1);
  const hasPosted = steps.some(({ posted }) => posted.some(isDiscount));
  if (last === undefined || (!hasPosted && !isDiscounted(last))) return;
  const ledger = emptyLedger();
  for (const { begun, posted, facts } of steps) {
    const again = discountsOf({ ...known, begun, ledger }, posted);
    compareStep(posted.filter(isDiscount), again, sheet);
    try {
      for (const fact of facts) evolveLedger(ledger, fact);
    } catch {
      return;
    }
  }
}

interface Step {
  readonly begun: StepBegun;
  readonly posted: readonly TransactionPosted[];
  readonly facts: readonly JournalFact[];
}

function stepsOf(journal: readonly JournalFact[]): Step[] {
  const steps: { begun: StepBegun; posted: TransactionPosted[]; facts: JournalFact[] }[] = [];
  for (const fact of journal) {
    if (fact.kind === "StepBegun") steps.push({ begun: fact, posted: [], facts: [] });
    const step = steps.at(-1);
    if (fact.kind === "TransactionPosted") step?.posted.push(fact);
    step?.facts.push(fact);
  }
  return steps;
}

function compareStep(
  posted: readonly Transaction[],
  again: readonly Transaction[],
  sheet: Sheet,
): void {
  const transactions = new Map([...posted, ...again].map((each) => [each.id, each]));
  for (const [id, { tenant, currency, cause }] of transactions) {
    const name = `discounts of the coupons = Σ journal, discounts: ${currency}`;
    const side = (all: readonly Transaction[]) => offBy(all.find((each) => each.id === id));
    sheet.compare({ tenant, name, what: cause }, side(again), side(posted));
  }
}

function offBy(of: Transaction | undefined): Decimal {
  return negate(sum((of?.evidence.shares ?? []).map(({ amount }) => decimal(amount))));
}

function isDiscount({ transaction_kind }: Transaction): boolean {
  return transaction_kind === "discount";
}
