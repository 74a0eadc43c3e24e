import { add, decimal, sub, sum } from "@tallybook/money";

import type { Share, TransactionPosted } from "./facts.ts";
import {
  advancedPeriod,
  customerKey,
  dimensionsKey,
  ratedOf,
  ratedPeriod,
  subscriptionKey,
  wholeKey,
} from "./ledger.ts";
import type { Ledger, PostedDiscount } from "./ledger.ts";
import { addRated, priceKey } from "./rated.ts";
import type { BilledPrice, RatedPeriod, RatedSubscription } from "./rated.ts";

/** Whether a transaction is an adjustment that somebody ordered: it rates nothing, and so has no price. */
export function isOrdered({
  transaction_kind,
  evidence,
}: Pick<TransactionPosted, "transaction_kind" | "evidence">): boolean {
  return transaction_kind === "adjustment" && evidence.price === null;
}

/** Takes in what a fee, a usage or an adjustment says of its period. */
export function applyCharge(ledger: Ledger, posted: TransactionPosted): void {
  if (isOrdered(posted)) return;
  const { evidence } = posted;
  const { prices } = periodFor(ledger, posted);
  const { plan, catalog_offset } = evidence;
  const named = { plan, price: evidence.price ?? "" };
  let price = prices.get(priceKey(named));
  if (price === undefined) {
    price = {
      ...named,
      catalog_offset,
      usage: null,
      meter: evidence.meter,
      quantity: zero,
      shares: new Map(),
      adjusted: zero,
      writtenOff: zero,
      parts: new Map(),
    };
    prices.set(priceKey(named), price);
  }
  for (const share of evidence.shares) addShare(price, share);
  // It says only what is not owed after all.
  if (isTakenBack(posted)) return;
  if (posted.transaction_kind === "adjustment") addAdjusted(price, posted);
  price.meter = evidence.meter;
  price.quantity = decimal(evidence.quantity);
  price.parts = new Map(evidence.made_of.map(({ meter, quantity }) => [meter, decimal(quantity)]));
  if (posted.transaction_kind === "usage") price.usage = posted.id;
}

function addAdjusted(price: BilledPrice, { evidence }: TransactionPosted): void {
  const change = sum(evidence.shares.map(({ amount }) => decimal(amount)));
  price.adjusted = add(price.adjusted, change);
  price.writtenOff = add(price.writtenOff, decimal(evidence.written_off?.amount ?? "0"));
}

/** Takes in what a coupon takes off a period, or gives up of it again. */
export function applyDiscount({ discounts }: Ledger, posted: TransactionPosted): void {
  const { tenant, evidence, id } = posted;
  const { discount } = evidence;
  if (discount === null) return;
  const key = wholeKey({ tenant, ...evidence }, evidence.period_from);
  const known = discounts.get(key) ?? new Map<string, PostedDiscount>();
  discounts.set(key, known);
  const before = known.get(discount.application)?.off ?? zero;
  const shares = sum(evidence.shares.map(({ amount }) => decimal(amount)));
  known.set(discount.application, { off: sub(before, shares), last: id, discount });
}

/** Of usage that was billed before its period was over. */
function isTakenBack({ transaction_kind, evidence }: TransactionPosted): boolean {
  return transaction_kind === "adjustment" && evidence.in_advance;
}

function periodFor(ledger: Ledger, posted: TransactionPosted): RatedPeriod {
  const { evidence } = posted;
  const of = { tenant: posted.tenant, ...evidence };
  const rated = () => ratedPeriod(ledger, of, evidence.period_from);
  if (!evidence.in_advance) return rated() ?? addPeriod(ledger, posted);
  const advanced = advancedPeriod(ledger, of, evidence.period_from);
  if (advanced !== undefined) return advanced;
  // Where the same step rates the period, what was billed of it is the rated one's by now.
  return (isTakenBack(posted) ? rated() : undefined) ?? addAdvanced(ledger, posted);
}

function addAdvanced(ledger: Ledger, posted: TransactionPosted): RatedPeriod {
  const period = periodOf(posted, new Map());
  const key = subscriptionKey(period.tenant, period.subscription);
  const others = ledger.inAdvance.get(key);
  if (others === undefined) ledger.inAdvance.set(key, [period]);
  else others.push(period);
  return period;
}

function addPeriod(ledger: Ledger, posted: TransactionPosted): RatedPeriod {
  const rated = periodOf(posted, takeAdvanced(ledger, posted));
  addRated(openSubscription(ledger, rated), rated);
  const upTo = ledger.ratedUpTo.get(rated.tenant) ?? 0;
  ledger.ratedUpTo.set(rated.tenant, Math.max(upTo, rated.to));
  return rated;
}

/** What was posted in advance is from now on the rated period's. */
function takeAdvanced(
  ledger: Ledger,
  { tenant, evidence }: TransactionPosted,
): Map<string, BilledPrice> {
  const key = subscriptionKey(tenant, evidence.subscription);
  const periods = ledger.inAdvance.get(key) ?? [];
  const own = periods.find(({ from }) => from === evidence.period_from);
  const left = periods.filter((period) => period !== own);
  if (left.length === 0) ledger.inAdvance.delete(key);
  else ledger.inAdvance.set(key, left);
  return own?.prices ?? new Map<string, BilledPrice>();
}

function periodOf(
  { tenant, id, seq, evidence }: TransactionPosted,
  prices: Map<string, BilledPrice>,
): RatedPeriod {
  return {
    tenant,
    customer: evidence.customer,
    subscription: evidence.subscription,
    plan: evidence.plan,
    plan_version: evidence.plan_version,
    from: evidence.period_from,
    to: evidence.period_to,
    part: evidence.part,
    cut: evidence.cut,
    catalog_offset: evidence.catalog_offset,
    first: id,
    seq,
    prices,
  };
}

function openSubscription(ledger: Ledger, of: RatedPeriod): RatedSubscription {
  const known = ratedOf(ledger, of);
  if (known !== undefined) return known;
  const { subscription, from } = of;
  const made: RatedSubscription = { subscription, periods: [], through: from };
  const key = customerKey(of.tenant, of.customer);
  const others = ledger.ratedByCustomer.get(key);
  if (others === undefined) ledger.ratedByCustomer.set(key, [made]);
  else others.push(made);
  return made;
}

function addShare(price: BilledPrice, share: Share): void {
  const key = dimensionsKey(share.dimensions);
  const billed = price.shares.get(key);
  if (billed === undefined) {
    const { dimensions } = share;
    price.shares.set(key, {
      dimensions,
      quantity: decimal(share.quantity),
      amount: decimal(share.amount),
    });
  } else {
    billed.quantity = add(billed.quantity, decimal(share.quantity));
    billed.amount = add(billed.amount, decimal(share.amount));
  }
}

const zero = decimal("0");
