import {
  evolveReceivables,
  isPostedFor,
  nextNumber,
  noReceivables,
  prefixOf,
  takenOf,
} from "@tallybook/invoice";
import type { InvoiceFinalized, InvoicesFact, LifeFact, NoteIssued } from "@tallybook/invoice";
import {
  emptyLedger,
  evolveLedger,
  isMovement,
  isMovementKind,
  movedBy,
  Unbalanced,
} from "@tallybook/journal";
import type { Movement, StepBasis, Transaction, TransactionPosted } from "@tallybook/journal";
import type { Log } from "@tallybook/log";

import { readBooks } from "./books.ts";
import type { Books, Placed } from "./books.ts";
import { compareTransaction, pair } from "./compare-transaction.ts";
import { namesOf, numbersOf } from "./moved-numbers.ts";
import type { MovingFact } from "./moved-numbers.ts";
import { orderedAgain } from "./ordered-again.ts";
import type { OrderGrounds } from "./ordered-again.ts";
import type { Compared, Verdict } from "./replayed.ts";
import { verdictOf } from "./verdict.ts";

export interface ReplayMovedOptions {
  readonly log: Log;
  /** Any, unless given. */
  readonly tenant?: string;
  /**
   * A note by its id or number, a payment, an application or a refund of credit by its id, what was voided or given back by its invoice's; all
   * that moved money, unless given.
   */
  readonly name?: string;
}

/** Money that a fact of `invoices` has moved, computed again. */
export interface ReplayedMovement {
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  /** `payment`, `payment_reversal`, `credit_note`, `debit_note`, `void`, `credit_applied`, `credit_granted` or `refund`. */
  readonly moved: string;
  readonly id: string;
  /** Of a note its own; of a void, and of what an invoice gives back, the invoice's; else null. */
  readonly number: string | null;
  /** Of `invoices`. */
  readonly offset: number;
  /** Null where nothing is posted of it: of an invoice of nothing that was voided, and of what no head has taken yet. */
  readonly transaction: {
    readonly id: string;
    readonly seq: number;
    readonly journal_offset: number;
  } | null;
  readonly postings: TransactionPosted["postings"];
  readonly compared: readonly Compared[];
  readonly verdict: Verdict;
}

/**
 * Decides payments, notes, voids and what becomes of credit again, each by the facts before it, and computes what is to be posted of it: side by
 * side with what was written and posted. The very functions of the services do it.
 */
export async function replayMoved({
  log,
  tenant,
  name,
}: ReplayMovedOptions): Promise<ReplayedMovement[]> {
  const books = await readBooks(log);
  const meant = decideAgain(books, (fact) => {
    const { id, number } = namesOf(fact);
    const isOfTenant = tenant === undefined || fact.tenant === tenant;
    return isOfTenant && (name === undefined || name === id || name === number);
  });
  return postAgain(books, meant);
}

/** A fact that is meant, and as it is decided again. */
interface Again {
  readonly written: Placed<MovingFact>;
  readonly again: LifeFact | undefined;
  /** Of a note: the number that was next in its series. */
  readonly number: string | undefined;
}

function decideAgain(
  { written, journal, history }: Books,
  isMeant: (fact: MovingFact) => boolean,
): Again[] {
  const invoices = new Map<string, InvoiceFinalized>();
  const transactions = journal.flatMap(({ fact }) =>
    fact.kind === "TransactionPosted" ? [fact] : [],
  );
  const known = noReceivables();
  const grounds: OrderGrounds = {
    known,
    invoices,
    catalog: history.now,
    postedFor: (invoice) => transactions.filter(isPostedFor(invoice)),
  };
  const all: Again[] = [];
  for (const { fact, offset } of written) {
    if (isMoving(fact) && isMeant(fact)) {
      const number = fact.kind === "NoteIssued" ? numberAgain(fact, grounds) : undefined;
      all.push({ written: { fact, offset }, again: orderedAgain(fact, grounds), number });
    }
    if (fact.kind === "InvoiceFinalized") invoices.set(fact.invoice, fact);
    evolveReceivables(known, fact);
  }
  return all;
}

function isMoving(fact: InvoicesFact): fact is MovingFact {
  if (fact.kind === "InvoiceVoided") return true;
  const taken = takenOf(fact);
  return taken !== undefined && isMovement(taken);
}

/** The next of the series that its number says: which series is whose is said by the catalog of its day. */
function numberAgain({ tenant, note_number, issued_at }: NoteIssued, { known }: OrderGrounds) {
  const prefix = prefixOf(note_number);
  const series = { tenant, prefix, digits: note_number.length - prefix.length };
  return nextNumber(known.noteNumbers, series, issued_at).number;
}

function postAgain({ journal, history, cuts }: Books, all: readonly Again[]): ReplayedMovement[] {
  const posted = postedByCause(journal);
  const ofStep = Map.groupBy(all, ({ written }) => transactionOf(written.fact, posted)?.fact.step);
  const found = new Map<Again, ReplayedMovement>();
  const ledger = emptyLedger();
  const none = { ledger, catalogAt: (offset: number) => history.at(offset) };
  for (const { fact } of journal) {
    if (fact.kind === "StepBegun") {
      const basis = { ...none, begun: fact, opened: cuts.opened, fills: cuts.fills };
      for (const again of ofStep.get(fact.step) ?? [])
        found.set(again, replayed(again, basis, transactionOf(again.written.fact, posted)));
    }
    evolveLedger(ledger, fact);
  }
  return all.map((again) => found.get(again) ?? replayed(again, undefined, undefined));
}

type PostedByCause = ReadonlyMap<string, Placed<TransactionPosted>>;

function postedByCause(journal: Books["journal"]): PostedByCause {
  return new Map(
    journal.flatMap(({ fact, offset }) =>
      fact.kind === "TransactionPosted" && isMovementKind(fact.transaction_kind)
        ? [[causeKey(fact.transaction_kind, fact.cause), { fact, offset }] as const]
        : [],
    ),
  );
}

function transactionOf(
  fact: MovingFact,
  posted: PostedByCause,
): Placed<TransactionPosted> | undefined {
  const moved = movementOf(fact);
  return moved && posted.get(causeKey(moved.movement, moved.cause));
}

function movementOf(fact: LifeFact | undefined): Movement | undefined {
  const taken = fact && takenOf(fact);
  return taken !== undefined && isMovement(taken) ? taken : undefined;
}

function causeKey(kind: string, cause: string): string {
  return `${kind}\u001f${cause}`;
}

function replayed(
  { written: { fact, offset }, again, number }: Again,
  basis: StepBasis | undefined,
  posted: Placed<TransactionPosted> | undefined,
): ReplayedMovement {
  const { tenant, customer, currency } = fact;
  const moved = movementOf(again);
  const recomputed = basis && moved && postedBy(basis, moved);
  const compared = [
    ...(fact.kind === "NoteIssued"
      ? [pair("note", "number", fact.note_number, number ?? "-")]
      : []),
    ...compareNumbers(fact, again),
    ...(posted === undefined ? [] : compareTransaction(posted.fact, recomputed)),
  ];
  return {
    tenant,
    customer,
    currency,
    ...namesOf(fact),
    offset,
    transaction: posted
      ? { id: posted.fact.id, seq: posted.fact.seq, journal_offset: posted.offset }
      : null,
    postings: posted?.fact.postings ?? [],
    compared,
    verdict: verdictOf(compared),
  };
}

/** Undefined where what comes out does not even balance, as after a fact that was changed. */
function postedBy(basis: StepBasis, moved: Movement): Transaction | undefined {
  try {
    return movedBy(basis, moved);
  } catch (error) {
    if (error instanceof Unbalanced) return undefined;
    throw error;
  }
}

function compareNumbers(was: LifeFact, is: LifeFact | undefined): Compared[] {
  const [left, right] = [was, is].map((fact) => {
    const numbers = fact === undefined ? [] : numbersOf(fact);
    return new Map(numbers.map(([step, what, number]) => [`${step}\u001f${what}`, number]));
  });
  return [...new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])])].map((key) => {
    const [step = "", what = ""] = key.split("\u001f");
    return pair(step, what, left?.get(key) ?? "-", right?.get(key) ?? "-");
  });
}
