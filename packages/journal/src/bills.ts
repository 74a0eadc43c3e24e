import { billingPeriodFrom, meterVersionFor } from "@tallybook/catalog";
import type { BillingPeriod, Catalog, SoldPlan, Subscription } from "@tallybook/catalog";
import { add, decimal } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import type { Micros, Period } from "@tallybook/periods";
import { timeOf } from "@tallybook/usage";
import type { UsageRow } from "@tallybook/usage";

import { soldTo } from "./attribute.ts";
import { chargeAmount } from "./charge.ts";
import { feeAmount } from "./fees.ts";
import { meteredUsage } from "./metered.ts";
import { partOf } from "./part.ts";

/** What a subscription owes for a period of its calendar, with all parts of it. */
export interface Bill {
  readonly subscription: string;
  readonly from: Micros;
  readonly currency: string;
  /** Major units, not rounded. */
  readonly amount: Decimal;
  /** Charges that cannot be rated, and combinations that nothing prices: they are not in the amount. */
  readonly parked: number;
}

/** A billing period, or a part of one, of a subscription of a customer. */
export interface PeriodOfBill {
  readonly subscription: Subscription;
  readonly period: BillingPeriod;
  /** Whether it is to be billed; else it only says whose the usage is. */
  readonly isMeant: boolean;
}

/**
 * The billing periods of a customer's subscriptions that share any moment with a stretch of time. Meant are those of calendar periods that
 * begin in it and are over by its end.
 */
export function periodsWithin(
  subscriptions: readonly Subscription[],
  { from, to }: Period,
): PeriodOfBill[] {
  return subscriptions.flatMap((subscription) => {
    const periods: PeriodOfBill[] = [];
    for (let at = subscription.begins ?? subscription.start; ;) {
      const period = billingPeriodFrom(subscription, at);
      if (period === undefined || period.from >= to) return periods;
      const isMeant = period.whole.from >= from && period.due <= to;
      if (period.to > from || isMeant) periods.push({ subscription, period, isMeant });
      at = period.to;
    }
  });
}

/** Where usage of a customer has to be told apart, so that every row is of one period or of none: in order, each once. */
export function boundsOf(periods: readonly PeriodOfBill[]): Micros[] {
  const bounds = new Set(periods.flatMap(({ period }) => [period.from, period.to]));
  return [...bounds].sort((a, b) => a - b);
}

/** Usage of one customer, told apart at the bounds of its periods. */
export interface CustomerUsage {
  readonly rows: readonly UsageRow[];
  /** What was measured before, of meters that carry a value on. */
  readonly earlier: readonly UsageRow[];
}

/**
 * What the meant periods of one customer cost by a catalog, whatever was posted for them: whose usage is what, quantities and amounts are
 * made as a first rating makes them. By subscription and period of the calendar.
 */
export function billsOf(
  periods: readonly PeriodOfBill[],
  usage: CustomerUsage,
  catalog: Catalog,
): Bill[] {
  const sold = periods.flatMap((each) => soldIn(each, catalog) ?? []);
  const rowsByPeriod = ownRows(sold, usage.rows, catalog);
  const bills = new Map<string, Bill>();
  for (const each of sold) {
    if (!each.isMeant) continue;
    const { subscription } = each.subscription;
    const { from } = each.period.whole;
    const { currency } = each.sold.plan;
    const key = `${subscription}\u001f${from}`;
    const before = bills.get(key) ?? { amount: zero, parked: 0 };
    const rows = rowsByPeriod.get(each) ?? [];
    const rated = ratePeriod(each, { rows, earlier: usage.earlier }, catalog);
    const amount = add(before.amount, rated.amount);
    bills.set(key, { subscription, from, currency, amount, parked: before.parked + rated.parked });
  }
  return [...bills.values()];
}

interface SoldPeriod extends PeriodOfBill {
  readonly sold: SoldPlan;
}

function soldIn(each: PeriodOfBill, catalog: Catalog): SoldPeriod | undefined {
  const sold = soldTo(each.subscription, each.period.from, catalog);
  return sold && { ...each, sold };
}

/** As `attribute` says it, of a customer whose periods are all there. */
function ownRows(
  periods: readonly SoldPeriod[],
  rows: readonly UsageRow[],
  catalog: Catalog,
): Map<SoldPeriod, UsageRow[]> {
  const byPeriod = new Map<SoldPeriod, UsageRow[]>();
  for (const row of rows) {
    const time = timeOf(row);
    const owners = periods.filter(
      (each) =>
        each.period.from <= time &&
        time < each.period.to &&
        (row.subscription === "" || row.subscription === each.subscription.subscription) &&
        isPriced(row.meter, each, catalog),
    );
    const [owner, ...others] = owners;
    if (owner === undefined || others.length > 0) continue;
    const own = byPeriod.get(owner);
    if (own === undefined) byPeriod.set(owner, [row]);
    else own.push(row);
  }
  return byPeriod;
}

function isPriced(
  meter: string,
  { subscription: { tenant }, period, sold }: SoldPeriod,
  catalog: Catalog,
): boolean {
  const isPartOf = (composite: string) =>
    meterVersionFor(catalog, tenant, composite, period.from)?.parts.some(
      (part) => part.meter === meter,
    ) ?? false;
  return sold.prices.some(
    (price) => price.meter !== null && (price.meter === meter || isPartOf(price.meter)),
  );
}

function ratePeriod(
  { subscription: of, period, sold }: SoldPeriod,
  usage: CustomerUsage,
  catalog: Catalog,
): { readonly amount: Decimal; readonly parked: number } {
  const { tenant, customer, subscription } = of;
  const whose = { tenant, customer, subscription, period };
  const part = partOf(of, period);
  let amount = zero;
  let parked = 0;
  for (const price of sold.prices) {
    try {
      if (price.meter === null) {
        amount = add(amount, feeAmount(price, part));
      } else {
        const charged = chargeAmount(price, meteredUsage(whose, price.meter, usage, catalog), {
          part,
        });
        amount = add(amount, charged.amount);
        parked += charged.unpriced;
      }
    } catch {
      // As the rater does: everything else is billed.
      parked += 1;
    }
  }
  return { amount, parked };
}

const zero = decimal("0");
