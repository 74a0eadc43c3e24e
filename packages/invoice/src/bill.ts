import { billingPeriodFrom, lateUsageAt, subscriptionOf } from "@tallybook/catalog";
import type { Catalog } from "@tallybook/catalog";
import { askedBy, compareTexts } from "@tallybook/journal";
import type { HeadSigned, JournalFact, StepBegun, TransactionPosted } from "@tallybook/journal";
import { currency as currencyOf, isZero, roundInvoice, sum } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";

import { isInShadow } from "./in-shadow.ts";
import { isForDraft, noDrafts, oweDraft, takeDraft, takeFrom } from "./drafts.ts";
import type { Drafts } from "./drafts.ts";
import type {
  InvoiceDrafted,
  InvoiceFact,
  InvoiceFinalized,
  InvoicesFact,
  Residual,
} from "./facts.ts";
import { finalize } from "./finalize.ts";
import type { Draft } from "./finalize.ts";
import { groupDue } from "./grouping.ts";
import type { DueOfOne } from "./grouping.ts";
import { periodKey, subscriptionKey } from "./keys.ts";
import { takeNumber } from "./numbers.ts";
import type { Numbers } from "./numbers.ts";
import { partsOf } from "./parts.ts";
import { residualsOf } from "./residuals.ts";
import { draftLines, explanationsOf, hasLines, isCorrection } from "./lines.ts";
import { tellTaxes } from "./tax/tell.ts";
import type { TaxTold } from "./tax/tell.ts";

/**
 * What the invoicer knows of `invoices` and `journal`. A fold owns its bills: `evolveBills` changes what it is given and
 * returns it. It reads `invoices` to the end first; then what the journal holds of invoiced steps is known to be billed.
 */
export interface Bills {
  /** What no invoice holds yet, by subscription, in the journal's order. */
  readonly pending: Map<string, TransactionPosted[]>;
  /** The last step of each subscription that is invoiced: an invoice takes all that is pending at its step. */
  readonly invoicedStep: Map<string, number>;
  /** End of the last rated period, by subscription. */
  readonly ratedUpTo: Map<string, Micros>;
  /** A charge of the earliest period that was rated when a subscription last was, by subscription. */
  readonly lastRated: Map<string, TransactionPosted>;
  /** How many invoices a subscription has for a period that begins there. */
  readonly countByPeriod: Map<string, number>;
  /** How far each series of numbers is. */
  readonly numbers: Numbers;
  /** The step being read. */
  begun: StepBegun | null;
  /** The last head that was read. */
  head: HeadSigned | null;
  readonly drafts: Drafts;
}

export function emptyBills(): Bills {
  return {
    pending: new Map(),
    invoicedStep: new Map(),
    ratedUpTo: new Map(),
    lastRated: new Map(),
    countByPeriod: new Map(),
    numbers: new Map(),
    begun: null,
    head: null,
    drafts: noDrafts(),
  };
}

export function evolveBills(bills: Bills, fact: JournalFact | InvoicesFact): Bills {
  switch (fact.kind) {
    case "StepBegun":
      bills.begun = fact;
      return bills;
    case "TransactionPosted":
      return owe(bills, fact);
    case "HeadSigned":
      bills.head = fact;
      return bills;
    case "InvoiceFinalized":
      return settle(bills, fact);
    case "InvoiceDrafted":
      takeDraft(bills.drafts, fact, takeHeld(bills, fact));
      countInPeriod(bills, fact);
      return bills;
    case "DisputeOpened":
    case "DisputeSettled":
    case "FinalizationOverridden":
    case "CreditApplied":
    case "CreditGranted":
    case "CreditRefunded":
    case "HoldPlaced":
    case "HoldReleased":
    case "InvoiceOverdue":
    case "InvoiceReminded":
    case "InvoiceSent":
    case "InvoiceVoided":
    case "NoteIssued":
    case "PaymentRecorded":
    case "PaymentReversed":
    case "StripeEventTaken":
    case "StripeHandedOff":
    case "StripeHandOffOrdered":
    case "StripeRefused":
    case "StripeWithdrawalOrdered":
    case "StripeWithdrawn":
    case "TaxAwaited":
    case "TaxCalculated":
    case "TaxUnknown":
      return bills;
  }
}

/**
 * The invoices to be made at the head that was just read, numbered, in order of tenant, customer, subscription and
 * period: one for each period of a subscription that was rated for the first time, or for all of a customer's that end on a day, as the
 * customer has it (`groupDue`). The earliest of them takes the
 * subscription's adjustments too; they wait for it, even where nothing else is on it, unless the subscription is over or its
 * tenant has late usage billed at once: then they get an invoice of their own.
 * Decided again after an interruption, it comes to what is still missing. `catalog` is the one at the step's offset.
 */
export function draftInvoices(
  bills: Bills,
  catalog: Catalog,
  due: readonly DueDraft[] = dueDrafts(bills, catalog),
): InvoiceFinalized[] {
  const { begun, head } = madeAt(bills);
  const drafts = due.flatMap(({ draft, residuals, isHeld, tax }) =>
    residuals.length === 0 && !isHeld && tax.kind === "told" ? [{ draft, tax }] : [],
  );
  const { numbers, countByPeriod } = bills;
  return finalize(drafts, { begun, head, numbers, countByPeriod }, catalog);
}

/** An invoice that is due, and what keeps it from being finalized by itself. */
export interface DueDraft {
  readonly draft: Draft;
  readonly residuals: readonly Residual[];
  readonly tax: TaxTold;
  /** Somebody wants to look at it first. */
  readonly isHeld: boolean;
}

/**
 * What is due at the head that was just read, in the order of the invoices: what does not reconcile, what nobody can tell the tax of, and
 * what is on hold waits for a person, as a draft. What is in shadow is never due. `isAsIfOver`: the step has rated periods that are not
 * over, for somebody who asks what they stand to come to, and so nothing waits for others.
 */
export function dueDrafts(
  bills: Bills,
  catalog: Catalog,
  isHeldBack: (draft: Draft) => boolean = () => false,
  isAsIfOver = false,
): DueDraft[] {
  const { begun } = madeAt(bills);
  const telling = { catalog, catalog_offset: begun.catalog_offset, at: begun.time };
  const due = [...bills.pending.values()].flatMap((pending) => dueOfOne(pending, bills, catalog));
  const at = { catalog, time: begun.time, ratedUpTo: bills.ratedUpTo, isAsIfOver };
  return groupDue(due, at)
    .map(({ draft, residuals }) => {
      const tax = tellTaxes(draft, telling);
      return { draft, residuals, tax, isHeld: isHeldBack(draft) };
    })
    .sort((a, b) => byPlace(a.draft, b.draft));
}

/** What is due of a subscription, as if it had an invoice of its own. */
function dueOfOne(all: readonly TransactionPosted[], bills: Bills, catalog: Catalog): DueOfOne[] {
  const pending = all.filter((each) => !isInShadow(each, catalog));
  const byId = new Map(pending.map((posted) => [posted.id, posted]));
  return draftsOf(pending, bills, catalog).map((draft) => {
    const ids = new Set(draft.lines.map(({ transaction }) => transaction));
    const own = [...ids].flatMap((id) => byId.get(id) ?? []);
    return { draft, residuals: residualsOf(own, draft.lines), of: kindOf(own) };
  });
}

function kindOf(own: readonly TransactionPosted[]): DueOfOne["of"] {
  const charges = own.filter((each) => !isCorrection(each));
  if (charges.length === 0) return "corrected";
  // What a coupon takes off a fee in advance is of the whole period, and does not say when.
  return chargesAmong(charges).every(({ evidence }) => evidence.in_advance) ? "begun" : "ended";
}

/** The step whose head was just read. */
export function madeAt({ begun, head }: Bills): { begun: StepBegun; head: HeadSigned } {
  if (begun === null || head === null || begun.step !== head.step) {
    throw new Error("invoices are made at the head of a step");
  }
  return { begun, head };
}

/** Takes what a draft holds from what waits for an invoice; returns the transactions that were not among it. */
function takeHeld(bills: Bills, draft: InvoiceDrafted): Set<string> {
  const ids = new Set(draft.lines.map(({ transaction }) => transaction));
  for (const { subscription } of partsOf(draft))
    takeFrom(bills.pending, subscriptionKey(draft.tenant, subscription), ids);
  return ids;
}

function owe(bills: Bills, posted: TransactionPosted): Bills {
  const { evidence } = posted;
  const key = subscriptionKey(posted.tenant, evidence.subscription);
  const isRating = posted.transaction_kind === "fee" || posted.transaction_kind === "usage";
  if (isRating && !evidence.in_advance) {
    bills.ratedUpTo.set(key, Math.max(bills.ratedUpTo.get(key) ?? 0, evidence.period_to));
    const last = bills.lastRated.get(key);
    const isEarliest = last === undefined || evidence.period_from < last.evidence.period_from;
    if (isEarliest || posted.step > last.step) bills.lastRated.set(key, posted);
  }
  if (isForDraft(posted)) {
    oweDraft(bills.drafts, posted);
    return bills;
  }
  if (bills.drafts.drafted.delete(posted.id)) return bills;
  if (!hasLines(posted) || posted.step <= (bills.invoicedStep.get(key) ?? -1)) return bills;
  const pending = bills.pending.get(key);
  if (pending === undefined) bills.pending.set(key, [posted]);
  else pending.push(posted);
  return bills;
}

function settle(bills: Bills, invoice: InvoiceFinalized): Bills {
  const { tenant, journal_step: step, number, finalized_at } = invoice;
  takeNumber(bills.numbers, tenant, { number, issued_at: finalized_at });
  // Counted in its period, and taken from what is pending, when it was drafted.
  if (bills.drafts.open.delete(invoice.invoice)) return bills;
  countInPeriod(bills, invoice);
  for (const { subscription } of partsOf(invoice)) {
    const key = subscriptionKey(tenant, subscription);
    bills.invoicedStep.set(key, Math.max(bills.invoicedStep.get(key) ?? -1, step));
    const left = (bills.pending.get(key) ?? []).filter((posted) => posted.step > step);
    if (left.length === 0) bills.pending.delete(key);
    else bills.pending.set(key, left);
  }
  return bills;
}

function countInPeriod({ countByPeriod }: Bills, invoice: InvoiceFact): void {
  const period = periodKey(invoice);
  countByPeriod.set(period, (countByPeriod.get(period) ?? 0) + 1);
}

function draftsOf(pending: readonly TransactionPosted[], bills: Bills, catalog: Catalog): Draft[] {
  const adjustments = pending.filter(isCorrection);
  const byPeriod = Map.groupBy(
    pending.filter((each) => !isCorrection(each)),
    ({ evidence }) => evidence.part?.whole_from ?? evidence.period_from,
  );
  const firsts = [...byPeriod.values()].sort((a, b) => periodFrom(a) - periodFrom(b));
  if (firsts.length > 0) {
    return firsts.map((charges, index) =>
      draftOf(index === 0 ? [...charges, ...adjustments] : charges, charges, catalog),
    );
  }
  // A period without a charge of its own: what waited for its invoice waits no longer.
  const rated = lastRatedOf(pending, bills);
  if (rated !== undefined && adjustments.some(({ step }) => step <= rated.step)) {
    return [draftOf(adjustments, [rated], catalog)];
  }
  const latest = chargesAmong(adjustments)
    .toSorted((a, b) => a.evidence.period_from - b.evidence.period_from)
    .at(-1);
  return latest !== undefined && isDue(latest, adjustments, bills, catalog)
    ? [draftOf(adjustments, [latest], catalog)]
    : [];
}

/** What an invoice for these transactions holds; period and plan are those of one of them. */
export function draftOf(
  transactions: readonly TransactionPosted[],
  charges: readonly TransactionPosted[],
  catalog: Catalog,
): Draft {
  const own = chargesAmong(charges);
  const of = lastOf(own);
  const { tenant, currency, evidence } = of;
  const { customer, subscription, plan, plan_version } = evidence;
  const period_from = periodFrom(own);
  const period_to = Math.max(...own.map((each) => each.evidence.period_to));
  const lines = draftLines(transactions, catalog);
  return {
    tenant,
    customer,
    subscription,
    plan,
    plan_version,
    period_from,
    period_to,
    currency,
    lines,
    explanations: explanationsOf(transactions, lines),
    parts: [],
  };
}

/** A discount is of the whole period of the calendar, whatever the charges that it is taken from are of; alone it says what it can. */
function chargesAmong(transactions: readonly TransactionPosted[]): readonly TransactionPosted[] {
  const own = transactions.filter(({ transaction_kind }) => transaction_kind !== "discount");
  return own.length === 0 ? transactions : own;
}

/** What a period was on at last: a charge of its last part, of the plan rather than of what is sold beside it. */
function lastOf(charges: readonly TransactionPosted[]): TransactionPosted {
  const [first] = charges.toSorted(
    (a, b) => b.evidence.period_from - a.evidence.period_from || rankOf(a) - rankOf(b),
  );
  if (first === undefined) throw new Error("an invoice for no charge");
  return first;
}

function rankOf({ evidence: { plan, price } }: TransactionPosted): 0 | 1 {
  return price?.startsWith(`${plan}/`) ? 1 : 0;
}

function lastRatedOf(
  [first]: readonly TransactionPosted[],
  { lastRated }: Bills,
): TransactionPosted | undefined {
  return first && lastRated.get(subscriptionKey(first.tenant, first.evidence.subscription));
}

/**
 * Whether adjustments have an invoice of their own: at once, where the tenant says so and they ask for money; else when no other
 * invoice will take them. What is written off whole needs none.
 */
function isDue(
  latest: TransactionPosted,
  adjustments: readonly TransactionPosted[],
  bills: Bills,
  catalog: Catalog,
): boolean {
  const { treatment } = lateUsageAt(catalog, latest.tenant, madeAt(bills).begun.time);
  if (treatment === "bill_now" && askForMoney(adjustments)) return true;
  const isAnyOwed = adjustments.some(
    ({ evidence }) => evidence.written_off === null || !isZero(askedBy(evidence)),
  );
  return isAnyOwed && isOver(latest, bills, catalog);
}

/** Whether an invoice of them would come to at least the smallest coin: what is due to the customer waits for one that it is set off against. */
function askForMoney(adjustments: readonly TransactionPosted[]): boolean {
  const [first] = adjustments;
  const currency = first && currencyOf(first.currency);
  if (currency === undefined) return false;
  const asked = sum(adjustments.map(({ evidence }) => askedBy(evidence)));
  return BigInt(roundInvoice([asked], currency).total) > 0n;
}

/** No further period of the subscription will be rated, as things stand: it is over, or paused with nobody knowing for how long. */
function isOver({ tenant, evidence }: TransactionPosted, bills: Bills, catalog: Catalog): boolean {
  const subscription = subscriptionOf(catalog, tenant, evidence.subscription);
  const ratedUpTo = bills.ratedUpTo.get(subscriptionKey(tenant, evidence.subscription)) ?? 0;
  return subscription !== undefined && billingPeriodFrom(subscription, ratedUpTo) === undefined;
}

function periodFrom(charges: readonly TransactionPosted[]): Micros {
  return Math.min(...charges.map(({ evidence }) => evidence.period_from));
}

export function byPlace(a: Draft, b: Draft): number {
  return (
    compareTexts(a.tenant, b.tenant) ||
    compareTexts(a.customer, b.customer) ||
    compareTexts(a.subscription, b.subscription) ||
    a.period_from - b.period_from ||
    a.period_to - b.period_to ||
    compareTexts(a.currency, b.currency)
  );
}
