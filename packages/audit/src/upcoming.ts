import type { Columns } from "@tallybook/columns";
import { emptyBills, evolveBills, upcomingDrafts } from "@tallybook/invoice";
import type { Upcoming } from "@tallybook/invoice";
import {
  committedTail,
  emptyLedger,
  evolveLedger,
  joinSteps,
  piecesOfStep,
  rateStep,
  ratingsAsIfOver,
  sealStep,
  usageOfPiece,
  withDiscounts,
} from "@tallybook/journal";
import type {
  HeadSigned,
  JournalFact,
  Parked,
  RatedStep,
  StepBasis,
  StepBegun,
} from "@tallybook/journal";
import type { Log } from "@tallybook/log";
import type { Micros } from "@tallybook/periods";
import type { UsageRow } from "@tallybook/usage";

import { readBooks, upToHead } from "./books.ts";
import type { Books } from "./books.ts";

export interface UpcomingOptions {
  readonly log: Log;
  readonly columns: Pick<Columns, "readUsage">;
  readonly tenant: string;
  readonly customer: string;
}

/** What stands to be invoiced to a customer, as of the last cut that the journal has. */
export interface UpcomingInvoices {
  /** Of the cut; null while the journal has none: then there is nothing yet. */
  readonly cut: number | null;
  /** Usage is counted up to there. */
  readonly complete_to: Micros | null;
  /** Signed; that of the last step. */
  readonly head: HeadSigned | null;
  readonly invoices: readonly Upcoming[];
  /** Charges that could not be rated, and are on none. */
  readonly parked: readonly Parked[];
}

/**
 * What the invoices of a customer would be were all running periods over at the last cut and nothing else used: charges of what is used, fees
 * whole, less what was billed before; with what waits for the next invoice already. It is computed and written nowhere: nothing is posted,
 * no number is taken, and the next cut tells something else. Usage is read from the columns without proving them first.
 */
export async function upcoming(options: UpcomingOptions): Promise<UpcomingInvoices> {
  const books = await readBooks(options.log);
  const { head, facts } = upToHead(books);
  const last = facts.findLast((fact) => fact.kind === "StepBegun");
  if (head === null || last === undefined)
    return { cut: null, complete_to: null, head: null, invoices: [], parked: [] };
  const basis = basisOf(books, facts, last);
  const { transactions, parked } = await rateAsIfOver(basis, options);
  const begun = { ...last, step: head.step + 1 };
  const posted = sealStep(committedTail(basis.ledger), begun.step, transactions);
  const bills = emptyBills();
  for (const { fact } of books.written) evolveBills(bills, fact);
  const step: JournalFact[] = [begun, ...posted, { ...head, step: begun.step }];
  for (const fact of [...facts, ...step]) evolveBills(bills, fact);
  const catalog = books.history.at(last.catalog_offset);
  // It stands on the last step that there is.
  const invoices = upcomingDrafts(bills, catalog, options).map(({ draft, tax }) => ({
    draft: { ...draft, journal_step: head.step },
    tax,
  }));
  return { cut: last.cut, complete_to: last.time, head, invoices, parked };
}

/** The last step's cut again, as if nothing had been rated at it: what the journal has is in the ledger. */
function basisOf(
  { history, cuts }: Books,
  facts: readonly JournalFact[],
  begun: StepBegun,
): StepBasis {
  const ledger = emptyLedger();
  for (const fact of facts) evolveLedger(ledger, fact);
  return {
    begun,
    ledger,
    catalogAt: (offset: number) => history.at(offset),
    opened: cuts.opened,
    fills: cuts.fills,
  };
}

async function rateAsIfOver(
  basis: StepBasis,
  { columns, tenant, customer }: UpcomingOptions,
): Promise<RatedStep> {
  const ratings = ratingsAsIfOver(basis, { tenant, customer });
  const pieces: RatedStep[] = [];
  for (const piece of piecesOfStep(basis, ratings)) {
    const rows: UsageRow[] = [];
    for (const usage of usageOfPiece(piece, basis))
      for (const row of await columns.readUsage(usage)) rows.push(row);
    pieces.push(rateStep(basis, piece.ratings, rows, []));
  }
  // Coupons take from what a cut's first step posts.
  const { head } = basis.ledger;
  const ledger = { ...basis.ledger, head: head && { ...head, cut: basis.begun.cut - 1 } };
  return withDiscounts({ ...basis, ledger }, joinSteps(pieces));
}
