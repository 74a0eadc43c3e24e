import type { SoldPrice } from "@tallybook/catalog";
import { compare, decimal, isZero, negate, sub, sum, toText } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import type { Explained } from "@tallybook/pricing";
import type { PartQuantity } from "@tallybook/usage";

import { balance } from "./balance.ts";
import { billedBefore } from "./billed-before.ts";
import { transactionId } from "./canonical.ts";
import type { Transaction } from "./canonical.ts";
import type { ChargeShare, RatedCharge } from "./charge.ts";
import type { Evidence, Posting, Share, Taxed, TransactionKind, WrittenOff } from "./facts.ts";
import { byKey } from "./groups.ts";
import { accounts, chargeCause, invoiceCause } from "./names.ts";
import type { Rating, StepBasis } from "./plan.ts";
import { billedFor } from "./rated.ts";
import type { BilledPrice } from "./rated.ts";
import { unrated } from "./unrated.ts";
import { writeOffOf } from "./write-off.ts";

/** What the rater takes of a finalized invoice. */
export interface InvoiceToRound {
  readonly invoice: string;
  readonly tenant: string;
  readonly customer: string;
  readonly subscription: string;
  readonly plan: string;
  readonly plan_version: number;
  readonly period_from: number;
  readonly period_to: number;
  readonly currency: string;
  readonly rounding: string;
  readonly taxes: readonly InvoiceTaxToPost[];
}

/** A tax of a finalized invoice. */
export interface InvoiceTaxToPost extends Taxed {
  /** Minor units. */
  readonly amount: string;
}

/** What measured a charge's usage. */
interface MeasuredBy {
  /** The latest version of the meter in it; 0 where no usage was measured. */
  readonly version: number;
  /** Of a composite. */
  readonly parts: readonly PartQuantity[];
  /** By which backfills some of it became known at the cut. */
  readonly backfills?: readonly string[];
}

/**
 * What a period's usage costs, less what was billed of it before the period was over. One transaction per price, posted even where
 * nothing was used, for the same reason as fees; but of a bill before the end none where nothing is new: then it is undefined.
 */
export function usageOf(
  basis: StepBasis,
  rating: Rating,
  price: SoldPrice,
  rated: RatedCharge,
  measured: MeasuredBy,
): Transaction | undefined {
  const billed = billedBefore(basis.ledger, rating, price);
  const shares = billed === undefined ? rated.shares : differencesOf(rated, billed);
  const isInterim = rating.isInterim ?? false;
  if (isInterim && !shares.some(isWorthPosting)) return undefined;
  return charge(basis, rating, price, {
    kind: "usage",
    income: accounts.usage(price.plan, price.own),
    quantity: rated.quantity,
    amount: rated.amount,
    explained: rated.explained,
    shares: shares.map(shareText),
    measured,
    adjusts: null,
    in_advance: isInterim,
  });
}

/** Late usage: what the period costs now, less what was posted for it; undefined where that is nothing. */
export function adjustmentOf(
  basis: StepBasis,
  rating: Rating,
  price: SoldPrice,
  rated: RatedCharge,
  measured: MeasuredBy,
): Transaction | undefined {
  const billed = billedFor(rating.rated, price);
  const differences = differencesOf(rated, billed);
  // The quantity may change where no dimension's does and it costs nothing, as that of an average over two of them.
  const isKnown =
    compare(rated.quantity, billed?.quantity ?? zero) === 0 && isMadeOf(measured, billed);
  if (differences.length === 0 && isKnown) return undefined;
  const change = sum(differences.map(({ amount }) => amount));
  return charge(basis, rating, price, {
    kind: "adjustment",
    income: accounts.usage(price.plan, price.own),
    quantity: rated.quantity,
    amount: rated.amount,
    explained: rated.explained,
    shares: differences.map(shareText),
    measured,
    adjusts: billed?.usage ?? rating.rated?.first ?? null,
    writtenOff: writeOffOf(
      basis,
      { tenant: rating.tenant, currency: rating.plan.currency },
      billed,
      change,
    ),
  });
}

/** What was billed of usage in advance is given back; undefined where it was already. */
export function usageTakenBackOf(
  basis: StepBasis,
  rating: Rating,
  price: SoldPrice,
  billed: BilledPrice,
): Transaction | undefined {
  const shares = differencesOf({ shares: [] }, billed);
  if (shares.length === 0) return undefined;
  return charge(basis, rating, price, {
    kind: "adjustment",
    income: accounts.usage(price.plan, price.own),
    quantity: zero,
    amount: zero,
    explained: null,
    shares: shares.map(shareText),
    measured: { version: 0, parts: [] },
    adjusts: billed.usage,
    in_advance: true,
    ofPlan: price.plan,
  });
}

/** The units of a composite may stay where a part of it does not. */
function isMadeOf({ parts }: MeasuredBy, billed: BilledPrice | undefined): boolean {
  return parts.every(
    ({ meter, quantity }) => compare(quantity, billed?.parts.get(meter) ?? zero) === 0,
  );
}

function differencesOf(
  rated: Pick<RatedCharge, "shares">,
  billed: BilledPrice | undefined,
): ChargeShare[] {
  const differences = rated.shares.map((share) => {
    const before = billed?.shares.get(share.key);
    if (before === undefined) return share;
    return {
      ...share,
      quantity: sub(share.quantity, before.quantity),
      amount: sub(share.amount, before.amount),
    };
  });
  const now = new Set(rated.shares.map(({ key }) => key));
  for (const [key, { dimensions, quantity, amount }] of billed?.shares ?? []) {
    if (!now.has(key))
      differences.push({ key, dimensions, quantity: negate(quantity), amount: negate(amount) });
  }
  return differences.filter(isWorthPosting).sort(byKey);
}

function isWorthPosting({ quantity, amount }: ChargeShare): boolean {
  return !isZero(quantity) || !isZero(amount);
}

export interface ChargeTerms {
  readonly kind: TransactionKind;
  readonly income: string;
  /** Of the whole period. */
  readonly quantity: Decimal;
  /** Of the whole period. */
  readonly amount: Decimal;
  readonly explained: Explained | null;
  /** What is posted. */
  readonly shares: readonly Share[];
  readonly measured: MeasuredBy;
  readonly adjusts: string | null;
  readonly in_advance?: boolean;
  /** Named in the cause where a period has had two plans. */
  readonly ofPlan?: string;
  readonly writtenOff?: WrittenOff | null;
}

/** A fee, a usage or an adjustment, as a transaction. */
export function charge(
  basis: StepBasis,
  rating: Rating,
  price: SoldPrice,
  terms: ChargeTerms,
): Transaction {
  const { begun } = basis;
  const { tenant, customer, subscription, plan, period } = rating;
  const posted = sum(terms.shares.map(({ amount }) => decimal(amount)));
  const evidence: Evidence = {
    cut: begun.cut,
    catalog_offset: rating.catalog_offset,
    customer,
    subscription,
    contract: price.contract,
    contract_version: price.contract_version,
    plan: price.plan,
    plan_version: price.plan_version,
    price: price.price,
    meter: price.meter,
    meter_version: terms.measured.version === 0 ? null : terms.measured.version,
    period_from: period.from,
    period_to: period.to,
    quantity: toText(terms.quantity),
    amount: toText(terms.amount),
    tiers: [],
    shares: terms.shares,
    invoice: null,
    rows: [],
    explanation: terms.explained,
    made_of: terms.measured.parts.map(({ meter, quantity }) => ({
      meter,
      quantity: toText(quantity),
    })),
    part: rating.part,
    in_advance: terms.in_advance ?? false,
    covered: price.covered,
    discount: null,
    settles: [],
    written_off: terms.writtenOff ?? null,
    backfills: terms.kind === "adjustment" ? (terms.measured.backfills ?? []) : [],
    tax: null,
  };
  const cause = chargeCause(tenant, subscription, period.from, price.price, terms.ofPlan);
  return {
    ...identified(terms.kind, cause, basis),
    tenant,
    currency: plan.currency,
    postings: postingsOf(rating, terms, posted),
    adjusts: terms.adjusts,
    evidence,
  };
}

function postingsOf({ customer, plan }: Rating, terms: ChargeTerms, posted: Decimal) {
  const { income, writtenOff = null } = terms;
  if (writtenOff === null) return owed(customer, income, posted);
  const off = decimal(writtenOff.amount);
  return balance([
    { account: accounts.receivable(customer), amount: toText(sub(posted, off)) },
    { account: accounts.writtenOff(plan.plan), amount: writtenOff.amount },
    { account: income, amount: toText(negate(posted)) },
  ]);
}

/** What makes the journal agree with a rounded invoice; undefined where the invoice is exact, or was taken before. */
export function roundingOf(basis: StepBasis, invoice: InvoiceToRound): Transaction | undefined {
  const rounding = decimal(invoice.rounding);
  if (isZero(rounding) || basis.ledger.rounded.has(invoice.invoice)) return undefined;
  const evidence: Evidence = {
    ...unrated,
    cut: basis.begun.cut,
    catalog_offset: basis.begun.catalog_offset,
    customer: invoice.customer,
    subscription: invoice.subscription,
    contract: null,
    contract_version: null,
    plan: invoice.plan,
    plan_version: invoice.plan_version,
    period_from: invoice.period_from,
    period_to: invoice.period_to,
    quantity: "0",
    amount: toText(rounding),
    shares: [{ dimensions: {}, quantity: "0", amount: toText(rounding) }],
    invoice: invoice.invoice,
  };
  return {
    ...identified("rounding", invoiceCause(invoice.tenant, invoice.invoice), basis),
    tenant: invoice.tenant,
    currency: invoice.currency,
    postings: owed(invoice.customer, accounts.rounding, rounding),
    adjusts: null,
    evidence,
  };
}

/** What tells a transaction from all others, and when it is posted. */
export function identified(kind: TransactionKind, cause: string, { begun }: StepBasis) {
  const revision = begun.cut;
  return {
    id: transactionId(kind, cause, revision),
    transaction_kind: kind,
    cause,
    revision,
    date: begun.time,
  };
}

/** The customer owes it, and it is income. */
export function owed(customer: string, income: string, amount: Decimal): readonly Posting[] {
  return balance([
    { account: accounts.receivable(customer), amount: toText(amount) },
    { account: income, amount: toText(negate(amount)) },
  ]);
}

function shareText({ dimensions, quantity, amount }: ChargeShare): Share {
  return { dimensions, quantity: toText(quantity), amount: toText(amount) };
}

const zero = decimal("0");
