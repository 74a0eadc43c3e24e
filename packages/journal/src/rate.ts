import type { Price } from "@tallybook/catalog";
import { add, compare, cut, decimal, isNegative, isZero, negate, POSTED_DECIMALS, shareOut, sub, sum, toText } from "@tallybook/money";
import type { Decimal, Ratio } from "@tallybook/money";
import { monthOf } from "@tallybook/periods";
import { rate } from "@tallybook/pricing";
import type { UsageRow } from "@tallybook/usage";

import { ownerOf } from "./attribute.ts";
import { balance } from "./balance.ts";
import { transactionId } from "./canonical.ts";
import type { Transaction } from "./canonical.ts";
import type { Evidence, Posting, RatedTier, Share, TransactionKind } from "./facts.ts";
import { dimensionsKey } from "./ledger.ts";
import type { BilledPrice } from "./ledger.ts";
import { accounts, chargeCause, invoiceCause } from "./names.ts";
import { compareTexts } from "./plan.ts";
import type { Rating, StepBasis } from "./plan.ts";

/** A charge that cannot be rated: it is listed, and everything else is billed. */
export interface Parked {
  readonly tenant: string;
  readonly customer: string;
  readonly subscription: string;
  readonly period_from: number;
  readonly price: string;
  readonly meter: string | null;
  readonly reason: string;
}

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
}

export interface RatedStep {
  /** In the order in which they are posted: by kind (fee, usage, adjustment, rounding), then cause. */
  readonly transactions: Transaction[];
  readonly parked: Parked[];
}

/** What a meter's usage in a period costs by one price, and how that spreads over the dimensions. */
export interface RatedCharge {
  readonly quantity: Decimal;
  /** Cut at 24 decimals; the sum of the shares. */
  readonly amount: Decimal;
  readonly tiers: readonly RatedTier[];
  /** In the order of the canonical dimensions. */
  readonly shares: readonly ChargeShare[];
}

export interface ChargeShare {
  readonly key: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly quantity: Decimal;
  readonly amount: Decimal;
}

/** Larger amounts do not fit the journal's columns and are no money of anybody's. Major units. */
const amountMax = decimal("1000000000000000000000000000000");

/**
 * What a step posts: a function of what its StepBegun fixed. `rows` holds the usage up to the step's cut of every rating
 * of the plan (more does no harm, their order does not matter); `invoices` the facts that the step took.
 */
export function rateStep(
  basis: StepBasis,
  plan: readonly Rating[],
  rows: readonly UsageRow[],
  invoices: readonly InvoiceToRound[],
): RatedStep {
  const rowsByPeriod = groupRows(basis, rows);
  const transactions: Transaction[] = [];
  const parked: Parked[] = [];
  for (const rating of plan) {
    const own = rowsByPeriod.get(periodKey(rating.tenant, rating.subscription, rating.period.from)) ?? [];
    ratePeriod(basis, rating, own, { transactions, parked });
  }
  for (const invoice of invoices) {
    const rounding = roundingOf(basis, invoice);
    if (rounding !== undefined) transactions.push(rounding);
  }
  return { transactions: transactions.sort(byKindAndCause), parked };
}

/** A step that was rated in pieces, each with whole customers, as if it had been rated at once. */
export function joinSteps(pieces: readonly RatedStep[]): RatedStep {
  return {
    transactions: pieces.flatMap(({ transactions }) => transactions).sort(byKindAndCause),
    parked: pieces.flatMap(({ parked }) => parked),
  };
}

/**
 * Rates a meter's usage of a period by a price of it. Tiers run over the meter's total, whatever the dimensions; a
 * dimension's share of the amount is exact by quantity. A meter with several prices is rated by each of them, whole.
 */
export function rateCharge(price: Price, rows: readonly UsageRow[]): RatedCharge {
  const quantities = sumByDimensions(rows);
  const quantity = sum(quantities.map((each) => each.quantity));
  const rated = rate(price, quantity);
  const amount = cut(rated.amount, POSTED_DECIMALS);
  const size = isNegative(amount) ? negate(amount) : amount;
  if (compare(size, amountMax) >= 0) throw new RangeError(`an amount of ${toText(amount)}: it must stay below ${toText(amountMax)}`);
  const amounts = spread(rated.amount, quantities.map((each) => each.quantity));
  const shares = quantities.map((each, index) => ({ ...each, amount: amounts[index] ?? zero }));
  return { quantity, amount, tiers: rated.tiers, shares };
}

function groupRows(basis: StepBasis, rows: readonly UsageRow[]): Map<string, UsageRow[]> {
  const catalog = basis.catalogAt(basis.begun.catalog_offset);
  const groups = new Map<string, UsageRow[]>();
  for (const row of rows) {
    if (row.cut > basis.begun.cut) continue;
    const owner = ownerOf(row, { ...basis, catalog });
    if (owner.kind === "unattributed") continue;
    const { subscription } = owner.kind === "rated" ? owner.rated : owner.subscription;
    const key = periodKey(row.tenant, subscription, monthOf(row.slot).from);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

function ratePeriod(basis: StepBasis, rating: Rating, rows: readonly UsageRow[], out: RatedStep): void {
  for (const price of rating.plan.prices) {
    if (price.meter === null) {
      if (rating.rated === null) out.transactions.push(feeOf(basis, rating, price));
      continue;
    }
    const metered = rows.filter(({ meter }) => meter === price.meter);
    const charge = rateOrPark(rating, price, metered, out.parked);
    if (charge === undefined) continue;
    const version = metered.reduce((latest, row) => Math.max(latest, row.meter_version), 0);
    if (rating.rated === null) {
      out.transactions.push(usageOf(basis, rating, price, charge, version));
    } else {
      const adjustment = adjustmentOf(basis, rating, price, charge, version);
      if (adjustment !== undefined) out.transactions.push(adjustment);
    }
  }
}

function rateOrPark(rating: Rating, price: Price, rows: readonly UsageRow[], parked: Parked[]): RatedCharge | undefined {
  try {
    return rateCharge(price, rows);
  } catch (error) {
    const { tenant, customer, subscription, period } = rating;
    parked.push({
      tenant,
      customer,
      subscription,
      period_from: period.from,
      price: price.price,
      meter: price.meter,
      reason: (error as Error).message,
    });
    return undefined;
  }
}

// One fee per flat price, posted even where it is 0: it says that the period is rated, and with which catalog.
function feeOf(basis: StepBasis, rating: Rating, price: Price): Transaction {
  const { amount } = rate(price, one);
  const fee = cut(amount, POSTED_DECIMALS);
  const share: Share = { dimensions: {}, quantity: "1", amount: toText(fee) };
  return charge(basis, rating, price, {
    kind: "fee",
    income: accounts.fees(rating.plan.plan),
    quantity: one,
    amount: fee,
    tiers: [],
    shares: [share],
    meterVersion: 0,
    adjusts: null,
  });
}

// One transaction per price, posted even where nothing was used, for the same reason.
function usageOf(basis: StepBasis, rating: Rating, price: Price, rated: RatedCharge, meterVersion: number): Transaction {
  return charge(basis, rating, price, {
    kind: "usage",
    income: accounts.usage(rating.plan.plan, price.price),
    quantity: rated.quantity,
    amount: rated.amount,
    tiers: rated.tiers,
    shares: rated.shares.map(shareText),
    meterVersion,
    adjusts: null,
  });
}

/** Late usage: what the period costs now, less what was posted for it; undefined where that is nothing. */
function adjustmentOf(
  basis: StepBasis,
  rating: Rating,
  price: Price,
  rated: RatedCharge,
  meterVersion: number,
): Transaction | undefined {
  const billed = rating.rated?.prices.get(price.price);
  const differences = differencesOf(rated, billed);
  if (differences.length === 0) return undefined;
  return charge(basis, rating, price, {
    kind: "adjustment",
    income: accounts.usage(rating.plan.plan, price.price),
    quantity: rated.quantity,
    amount: rated.amount,
    tiers: rated.tiers,
    shares: differences.map(shareText),
    meterVersion,
    adjusts: billed?.usage ?? rating.rated?.first ?? null,
  });
}

function differencesOf(rated: RatedCharge, billed: BilledPrice | undefined): ChargeShare[] {
  const differences = rated.shares.map((share) => {
    const before = billed?.shares.get(share.key);
    if (before === undefined) return share;
    return { ...share, quantity: sub(share.quantity, before.quantity), amount: sub(share.amount, before.amount) };
  });
  const now = new Set(rated.shares.map(({ key }) => key));
  for (const [key, { dimensions, quantity, amount }] of billed?.shares ?? []) {
    if (!now.has(key)) differences.push({ key, dimensions, quantity: negate(quantity), amount: negate(amount) });
  }
  return differences.filter(({ quantity, amount }) => !isZero(quantity) || !isZero(amount)).sort(byKey);
}

interface ChargeTerms {
  readonly kind: TransactionKind;
  readonly income: string;
  /** Of the whole period. */
  readonly quantity: Decimal;
  /** Of the whole period. */
  readonly amount: Decimal;
  readonly tiers: readonly RatedTier[];
  /** What is posted. */
  readonly shares: readonly Share[];
  /** 0 where no usage was measured. */
  readonly meterVersion: number;
  readonly adjusts: string | null;
}

function charge(basis: StepBasis, rating: Rating, price: Price, terms: ChargeTerms): Transaction {
  const { begun } = basis;
  const { tenant, customer, subscription, plan, period } = rating;
  const posted = sum(terms.shares.map(({ amount }) => decimal(amount)));
  const evidence: Evidence = {
    cut: begun.cut,
    catalog_offset: rating.catalog_offset,
    customer,
    subscription,
    contract: null,
    contract_version: null,
    plan: plan.plan,
    plan_version: plan.version,
    price: price.price,
    meter: price.meter,
    meter_version: terms.meterVersion === 0 ? null : terms.meterVersion,
    period_from: period.from,
    period_to: period.to,
    quantity: toText(terms.quantity),
    amount: toText(terms.amount),
    tiers: terms.tiers,
    shares: terms.shares,
    invoice: null,
  };
  return {
    ...identified(terms.kind, chargeCause(tenant, subscription, period.from, price.price), basis),
    tenant,
    currency: plan.currency,
    postings: owed(customer, terms.income, posted),
    adjusts: terms.adjusts,
    evidence,
  };
}

/** What makes the journal agree with a rounded invoice; undefined where the invoice is exact, or was taken before. */
function roundingOf(basis: StepBasis, invoice: InvoiceToRound): Transaction | undefined {
  const rounding = decimal(invoice.rounding);
  if (isZero(rounding) || basis.ledger.rounded.has(invoice.invoice)) return undefined;
  const evidence: Evidence = {
    cut: basis.begun.cut,
    catalog_offset: basis.begun.catalog_offset,
    customer: invoice.customer,
    subscription: invoice.subscription,
    contract: null,
    contract_version: null,
    plan: invoice.plan,
    plan_version: invoice.plan_version,
    price: null,
    meter: null,
    meter_version: null,
    period_from: invoice.period_from,
    period_to: invoice.period_to,
    quantity: "0",
    amount: toText(rounding),
    tiers: [],
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

function identified(kind: TransactionKind, cause: string, { begun }: StepBasis) {
  const revision = begun.cut;
  return { id: transactionId(kind, cause, revision), transaction_kind: kind, cause, revision, date: begun.time };
}

/** The customer owes it, and it is income. */
function owed(customer: string, income: string, amount: Decimal): readonly Posting[] {
  return balance([
    { account: accounts.receivable(customer), amount: toText(amount) },
    { account: income, amount: toText(negate(amount)) },
  ]);
}

function sumByDimensions(rows: readonly UsageRow[]): Omit<ChargeShare, "amount">[] {
  const sums = new Map<string, { key: string; dimensions: Readonly<Record<string, string>>; quantity: Decimal }>();
  for (const { dimensions, quantity } of rows) {
    const key = dimensionsKey(dimensions);
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { key, dimensions, quantity: decimal(quantity) });
    else sum.quantity = add(sum.quantity, decimal(quantity));
  }
  return [...sums.values()].sort(byKey);
}

function spread(amount: Ratio, quantities: readonly Decimal[]): readonly Decimal[] {
  return isZero(amount.num) ? quantities.map(() => zero) : shareOut(amount, quantities);
}

function shareText({ dimensions, quantity, amount }: ChargeShare): Share {
  return { dimensions, quantity: toText(quantity), amount: toText(amount) };
}

function periodKey(tenant: string, subscription: string, from: number): string {
  return `${tenant}\u001f${subscription}\u001f${from}`;
}

const rankByKind: Readonly<Record<TransactionKind, number>> = { fee: 0, usage: 1, adjustment: 2, rounding: 3 };

function byKindAndCause(a: Transaction, b: Transaction): number {
  return rankByKind[a.transaction_kind] - rankByKind[b.transaction_kind] || compareTexts(a.cause, b.cause);
}

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return compareTexts(a.key, b.key);
}

const zero = decimal("0");
const one = decimal("1");
