import type { Decimal } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";
import { canonicalJson } from "@tallybook/usage";

import { applyCharge, applyDiscount } from "./apply.ts";
import { balance } from "./balance.ts";
import { chainHash, genesisHash, hex } from "./canonical.ts";
import type { Discounted, HeadSigned, JournalFact, StepBegun, TransactionPosted } from "./facts.ts";
import { isMovementKind, movementKey } from "./movement-kinds.ts";
import { ratedAt } from "./rated.ts";
import type { RatedPeriod, RatedSubscription } from "./rated.ts";

/**
 * The journal, folded. A fold owns its ledger: `evolveLedger` changes the one it is given and returns it, since a copy per
 * fact would make reading a journal quadratic. Transactions count when the head of their step is there; until then they
 * wait in `open`, so that an interrupted step can be computed again from what it began with.
 */
export interface Ledger {
  /** What is rated of the subscriptions of a customer (`customerKey`). */
  readonly ratedByCustomer: Map<string, RatedSubscription[]>;
  /** Periods that are not rated yet, with what was posted in advance for them, by subscription (`subscriptionKey`). */
  readonly inAdvance: Map<string, RatedPeriod[]>;
  /** The latest end of a rated period, by tenant: usage at or after it cannot be late. */
  readonly ratedUpTo: Map<string, Micros>;
  /** Of the last step that has a head: what was asked for below it in `catalog` was seen. */
  catalogOffset: number;
  /** What coupons took off, by whole period of a subscription (`wholeKey`), then by application. */
  readonly discounts: Map<string, Map<string, PostedDiscount>>;
  /** Ids of the invoices whose rounding is posted. */
  readonly rounded: Set<string>;
  /** Ids of the transactions that moved money, by kind and cause (`movementKey`). */
  readonly moved: Map<string, string>;
  /** Causes of the taxes that are posted. */
  readonly taxed: Set<string>;
  /** Sequence numbers by transaction id. */
  readonly seqById: Map<string, number>;
  head: HeadSigned | null;
  open: OpenStep | null;
}

/** What one application of a coupon took off a period. */
export interface PostedDiscount {
  /** Major units; zero where all of it was given up again. */
  readonly off: Decimal;
  /** Id of the last transaction of it. */
  readonly last: string;
  readonly discount: Discounted;
}

/** A step that has begun and has no head yet. */
export interface OpenStep {
  readonly begun: StepBegun;
  readonly transactions: TransactionPosted[];
}

/** Where the next transaction is chained. */
export interface Tail {
  /** Of the last transaction; -1 while there is none. */
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** A journal that cannot have been written by one appender, or was changed. */
export class BrokenJournal extends Error {
  override readonly name = "BrokenJournal";
}

export function emptyLedger(): Ledger {
  return {
    ratedByCustomer: new Map(),
    inAdvance: new Map(),
    ratedUpTo: new Map(),
    catalogOffset: 0,
    discounts: new Map(),
    rounded: new Set(),
    moved: new Map(),
    taxed: new Set(),
    seqById: new Map(),
    head: null,
    open: null,
  };
}

/** Folds a fact of the journal into its ledger. Throws `BrokenJournal` or `Unbalanced`. */
export function evolveLedger(ledger: Ledger, fact: JournalFact): Ledger {
  switch (fact.kind) {
    case "StepBegun":
      return begin(ledger, fact);
    case "TransactionPosted":
      return post(ledger, fact);
    case "HeadSigned":
      return close(ledger, fact);
  }
}

export function tailOf(ledger: Ledger): Tail {
  const last = ledger.open?.transactions.at(-1);
  if (last !== undefined) return { seq: last.seq, hash: last.hash };
  return committedTail(ledger);
}

/** The tail as the open step found it. */
export function committedTail(ledger: Ledger): Tail {
  if (ledger.head === null) return { seq: -1, hash: genesisHash };
  return { seq: ledger.head.seq, hash: ledger.head.hash };
}

export function customerKey(tenant: string, customer: string): string {
  return `${tenant}\u001f${customer}`;
}

export function subscriptionKey(tenant: string, subscription: string): string {
  return `${tenant}\u001f${subscription}`;
}

/** `from`: where the whole period of the calendar begins. */
export function wholeKey(
  { tenant, subscription }: Pick<Whose, "tenant" | "subscription">,
  from: Micros,
): string {
  return `${subscriptionKey(tenant, subscription)}\u001f${from}`;
}

export function dimensionsKey(dimensions: Readonly<Record<string, string>>): string {
  return canonicalJson(dimensions);
}

interface Whose {
  readonly tenant: string;
  readonly customer: string;
  readonly subscription: string;
}

/** What is rated of a subscription; undefined where nothing is. */
export function ratedOf(ledger: Ledger, of: Whose): RatedSubscription | undefined {
  return ledger.ratedByCustomer
    .get(customerKey(of.tenant, of.customer))
    ?.find(({ subscription }) => subscription === of.subscription);
}

/** The rated period of a subscription that holds the time. */
export function ratedPeriod(ledger: Ledger, of: Whose, time: Micros): RatedPeriod | undefined {
  const rated = ratedOf(ledger, of);
  return rated === undefined ? undefined : ratedAt(rated, time);
}

/** A period that is not rated yet and begins there, with what was posted in advance for it. */
export function advancedPeriod(
  { inAdvance }: Ledger,
  { tenant, subscription }: Pick<Whose, "tenant" | "subscription">,
  from: Micros,
): RatedPeriod | undefined {
  return inAdvance
    .get(subscriptionKey(tenant, subscription))
    ?.find((period) => period.from === from);
}

/** Every rated period. */
export function ratedPeriods({ ratedByCustomer }: Ledger): RatedPeriod[] {
  return [...ratedByCustomer.values()].flat().flatMap(({ periods }) => periods);
}

function begin(ledger: Ledger, begun: StepBegun): Ledger {
  if (ledger.open !== null)
    throw new BrokenJournal(`step ${begun.step} begins inside step ${ledger.open.begun.step}`);
  const expected = (ledger.head?.step ?? -1) + 1;
  if (begun.step !== expected)
    throw new BrokenJournal(`step ${begun.step} stands where step ${expected} belongs`);
  ledger.open = { begun, transactions: [] };
  return ledger;
}

function post(ledger: Ledger, posted: TransactionPosted): Ledger {
  const { open } = ledger;
  if (open === null || open.begun.step !== posted.step) {
    throw new BrokenJournal(
      `transaction ${posted.seq} names step ${posted.step}, which is not open`,
    );
  }
  const tail = tailOf(ledger);
  if (posted.seq !== tail.seq + 1)
    throw new BrokenJournal(`transaction ${posted.seq} follows transaction ${tail.seq}`);
  if (
    hex(posted.previous) !== hex(tail.hash) ||
    hex(posted.hash) !== hex(chainHash(tail.hash, posted))
  ) {
    throw new BrokenJournal(`transaction ${posted.seq} does not chain to the one before it`);
  }
  if (ledger.seqById.has(posted.id)) {
    throw new BrokenJournal(
      `transaction ${posted.seq} repeats ${posted.id} of transaction ${ledger.seqById.get(posted.id)}`,
    );
  }
  balance(posted.postings);
  open.transactions.push(posted);
  ledger.seqById.set(posted.id, posted.seq);
  return ledger;
}

function close(ledger: Ledger, head: HeadSigned): Ledger {
  const { open } = ledger;
  if (open === null || open.begun.step !== head.step) {
    throw new BrokenJournal(`head of step ${head.step}, which is not open`);
  }
  const tail = tailOf(ledger);
  if (head.seq !== tail.seq || hex(head.hash) !== hex(tail.hash)) {
    throw new BrokenJournal(
      `head of step ${head.step} signs transaction ${head.seq}; the last one is ${tail.seq}`,
    );
  }
  for (const transaction of open.transactions) apply(ledger, transaction);
  ledger.catalogOffset = open.begun.catalog_offset;
  ledger.head = head;
  ledger.open = null;
  return ledger;
}

function apply(ledger: Ledger, posted: TransactionPosted): void {
  const { transaction_kind: kind, cause, id } = posted;
  if (isMovementKind(kind)) {
    ledger.moved.set(movementKey(kind, cause), id);
    return;
  }
  switch (kind) {
    case "fee":
    case "usage":
    case "adjustment":
      return applyCharge(ledger, posted);
    case "discount":
      return applyDiscount(ledger, posted);
    case "tax":
      ledger.taxed.add(posted.cause);
      return;
    case "rounding":
      if (posted.evidence.invoice !== null) ledger.rounded.add(posted.evidence.invoice);
  }
}
