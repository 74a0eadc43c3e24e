import type { Columns } from "@tallybook/columns";
import { inOlderForm } from "@tallybook/journal";
import type {
  Parked,
  RatedStep,
  StepBasis,
  StepBegun,
  Transaction,
  TakenOfInvoices,
  TransactionPosted,
} from "@tallybook/journal";
import type { Log } from "@tallybook/log";
import { add, decimal, sub, toText } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import { fillsHiddenAt, fillsKnownAt, partWith } from "@tallybook/usage";
import type { Cuts } from "@tallybook/usage";

import { readBooks, upToHead } from "./books.ts";
import type { Books } from "./books.ts";
import { compareAgain, notPosted, owedBy } from "./compare-again.ts";
import { createJournalAgain, stepsOf } from "./journal-again.ts";
import { ratingThen } from "./rated-again.ts";
import type { RerateDifference, Rerated } from "./rerated.ts";
import { isInScope, stepAgain, stillToPost } from "./step-again.ts";
import type { RerateScope } from "./step-again.ts";

export interface RerateOptions extends RerateScope {
  readonly log: Log;
  readonly columns: Pick<Columns, "readUsage" | "proveParts">;
  /** Told how many of the steps are done, of how many. */
  readonly told?: (done: number, of: number) => void;
}

/** ClickHouse does not hold what the log holds, so nothing can be rated from it. */
export class UnprovenColumns extends Error {
  override readonly name = "UnprovenColumns";
  readonly differences: readonly string[];

  constructor(differences: readonly string[]) {
    super(
      `ClickHouse does not hold what the log holds, and nothing is rated from it: ${differences[0] ?? ""}`,
    );
    this.differences = differences;
  }
}

/**
 * Rates again, with the present code, what was posted for billing periods that begin in a period: each step that posted anything
 * for it is computed once more from what it began with, behind what the steps before it come to again, and then is asked what would
 * still be posted. Throws `UnprovenColumns`
 * where the columns do not hold what was compared.
 */
export async function rerate({
  log,
  columns,
  told = () => {},
  ...scope
}: RerateOptions): Promise<Rerated> {
  const books = await readBooks(log);
  const { head, facts } = upToHead(books);
  const { period } = scope;
  if (head === null)
    return { period, cut: -1, transactions: 0, totals: [], differences: [], parked: [] };
  await prove(books.cuts, head.cut, columns);

  const steps = stepsOf(facts);
  const isMeant = (each: Transaction) =>
    isInScope({ tenant: each.tenant, ...each.evidence }, scope);
  const toRate = steps.filter(({ posted }) => posted.some(isMeant)).length;
  const totals = createTotals();
  const differences: RerateDifference[] = [];
  const parked = new Map<string, Parked>();
  const journal = createJournalAgain();
  let [transactions, done] = [0, 0];
  const take = (again: RatedStep) => {
    again.transactions.forEach((each) => totals.add("again", each));
    for (const each of again.parked) parked.set(parkedKey(each), each);
  };
  for (const step of steps) {
    const own = step.posted.filter(isMeant);
    if (own.length === 0) {
      journal.takePosted(step);
      continue;
    }
    told(done, toRate + 1);
    const basis = { ...basisOf(books, step.begun), ledger: journal.ledger };
    const again = await stepAgain(basis, takenBy(books, basis), scope, columns);
    const found = compareAgain(own, again, inFormOf(basis));
    own.forEach((each) => totals.add("posted", each));
    take(again);
    if (found.length === 0) journal.takePosted(step);
    else journal.takeInstead(step, own, again);
    differences.push(...found);
    transactions += own.length;
    done += 1;
  }
  told(done, toRate + 1);
  const begun = steps.at(-1)?.begun;
  if (begun === undefined) throw new Error("the journal has a head and no step");
  const basis = { ...basisOf(books, begun), ledger: journal.ledger };
  const rest = await stillToPost(basis, scope, columns);
  take(rest);
  return {
    period,
    cut: head.cut,
    transactions,
    totals: totals.list(),
    differences: [...differences, ...rest.transactions.map(notPosted)],
    parked: [...parked.values()],
  };
}

function basisOf({ history, cuts }: Books, begun: StepBegun): Omit<StepBasis, "ledger"> {
  const catalogAt = (offset: number) => history.at(offset);
  return { begun, catalogAt, opened: cuts.opened, fills: cuts.fills };
}

/** What a step took of `invoices`. */
function takenBy({ taken }: Books, { begun, ledger }: StepBasis): TakenOfInvoices[] {
  const from = ledger.head?.invoices_offset ?? 0;
  return taken
    .filter(({ offset }) => offset >= from && offset < begun.invoices_offset)
    .map(({ fact }) => fact);
}

/** What was posted before evidence had explanations is compared in its own form. */
function inFormOf(basis: StepBasis) {
  return (posted: TransactionPosted, again: Transaction): Transaction => {
    const { evidence } = posted;
    const isOlder =
      evidence.explanation === null && evidence.tiers.length + evidence.rows.length > 0;
    if (!isOlder) return again;
    const { prices } = ratingThen(basis, posted);
    const price = prices.find(
      (each) => each.plan === evidence.plan && each.price === evidence.price,
    );
    return price === undefined ? again : inOlderForm(again, price);
  };
}

async function prove(
  { parts, fills }: Cuts,
  cut: number,
  columns: RerateOptions["columns"],
): Promise<void> {
  const filled = fillsKnownAt(fills, cut);
  const compared = parts.slice(0, cut + 1).flatMap((ofCut) => [...ofCut.values()]);
  const proof = await columns.proveParts(
    compared.map((part) => partWith(part, filled)),
    fillsHiddenAt(fills, cut),
  );
  if (!proof.ok) throw new UnprovenColumns(proof.differences);
}

function parkedKey({ tenant, subscription, period_from, price, reason }: Parked): string {
  return JSON.stringify([tenant, subscription, period_from, price, reason]);
}

/** What was posted and what comes out, by tenant and currency. */
function createTotals() {
  const totals = new Map<
    string,
    { tenant: string; currency: string; posted: Decimal; again: Decimal }
  >();
  return {
    add(side: "posted" | "again", transaction: Transaction): void {
      const { tenant, currency } = transaction;
      const key = `${tenant}\u001f${currency}`;
      const total = totals.get(key) ?? { tenant, currency, posted: zero, again: zero };
      total[side] = add(total[side], owedBy(transaction));
      totals.set(key, total);
    },
    list: (): Rerated["totals"] =>
      [...totals.values()].map(({ tenant, currency, posted, again }) => ({
        tenant,
        currency,
        posted: toText(posted),
        again: toText(again),
        difference: toText(sub(again, posted)),
      })),
  };
}

const zero = decimal("0");
