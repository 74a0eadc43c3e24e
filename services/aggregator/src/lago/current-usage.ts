import { customerOf, metersAt, subscriptionOf, subscriptionsOf } from "@tallybook/catalog";
import type { Catalog, Subscription } from "@tallybook/catalog";
import { chargedBy, periodAround, pricedMeters } from "@tallybook/journal";
import type { ChargedPeriod, ChargedUse } from "@tallybook/journal";
import { currency, decimal, roundInvoice, toText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import type { Period } from "@tallybook/periods";
import { Problem, unfit } from "@tallybook/service";
import { stableUuid } from "@tallybook/usage";
import type { Aggregation } from "@tallybook/usage";

import { basisOf, clockIn, readWhole } from "../usage/desk.ts";
import type { UsageDesk } from "../usage/desk.ts";
import { readRows } from "../usage/subscription-usage.ts";

const waitMs = 10_000;

/**
 * What a customer's subscription has used in its running period, and what that comes to so far, in the shape that Lago's clients read.
 * Amounts are of usage alone, in the currency's minor unit, rounded as an invoice of them would be; there are no taxes in it.
 */
export async function currentUsage(
  desk: UsageDesk,
  asked: { readonly tenant: string; readonly customer: string; readonly query: object },
  signal: AbortSignal,
): Promise<object> {
  const { tenant } = asked;
  const { catalog, ledger } = basisOf(desk);
  const { subscription: id } = found(catalog, asked);
  const read = await readWhole(desk, tenant, { waitMs }, signal, async (given) => {
    const { basis } = given;
    const subscription = subscriptionOf(basis.catalog, tenant, id);
    if (subscription === undefined) throw new Error(`subscription ${id} is gone from the catalog`);
    const period = periodAround(subscription, clockIn(desk), ledger);
    const meters = pricedMeters(basis.catalog, subscription, period);
    const usage = await readRows(desk, subscription, period, meters, given);
    return { period, charged: chargedBy(subscription, period, usage, basis) };
  });
  const { period, charged } = read.answer;
  if (charged === undefined) throw notThere(`plan that subscription ${id} is on`);
  return { customer_usage: viewOf(period, charged, metersAt(catalog, tenant)) };
}

function found(
  catalog: Catalog,
  { tenant, customer, query }: Parameters<typeof currentUsage>[1],
): Subscription {
  if (customerOf(catalog, tenant, customer) === undefined) throw notThere(`customer ${customer}`);
  const { external_subscription_id: id } = query as Readonly<Record<string, unknown>>;
  if (id !== undefined && typeof id !== "string")
    throw unfit("external_subscription_id", "it must be one text");
  if (id === undefined) {
    const [only, ...others] = subscriptionsOf(catalog, tenant, customer);
    if (only !== undefined && others.length === 0) return only;
    throw unfit("external_subscription_id", "name the subscription that is asked about");
  }
  const named = subscriptionOf(catalog, tenant, id);
  if (named?.customer === customer) return named;
  throw notThere(`subscription ${id} of customer ${customer}`);
}

function viewOf(
  period: Period,
  { sold, charges }: ChargedPeriod,
  meters: ReturnType<typeof metersAt>,
): object {
  const of = currency(sold.plan.currency);
  if (of === undefined) throw new Error(`${sold.plan.currency} is no currency`);
  const exact = charges.map(({ charge }) => charge?.amount ?? decimal("0"));
  const { total, lines } = roundInvoice(exact, of);
  return {
    from_datetime: formatTime(period.from),
    to_datetime: formatTime(period.to - 1_000_000),
    issuing_date: formatTime(period.to).slice(0, 10),
    lago_invoice_id: null,
    currency: of.code,
    amount_cents: Number(total),
    taxes_amount_cents: 0,
    total_amount_cents: Number(total),
    charges_usage: charges.map((each, at) =>
      chargeView(each, { cents: Number(lines[at] ?? "0"), currency: of.code }, meters),
    ),
  };
}

function chargeView(
  { price, used, charge, fault }: ChargedUse,
  amount: { readonly cents: number; readonly currency: string },
  meters: ReturnType<typeof metersAt>,
): object {
  const units = charge === null ? "0" : toText(charge.quantity);
  const meter = price.meter ?? "";
  const { aggregation = "count" } = meters.get(meter)?.at(-1) ?? {};
  return {
    units,
    total_aggregated_units: units,
    events_count: used.rows.reduce((count, row) => count + row.count, 0),
    amount_cents: amount.cents,
    amount_currency: amount.currency,
    charge: {
      lago_id: stableUuid(`price ${price.plan} ${price.price}`),
      charge_model: price.charge.model === "per_unit" ? "standard" : price.charge.model,
      invoice_display_name: fault ?? price.description ?? price.price,
    },
    billable_metric: {
      lago_id: stableUuid(`meter ${meter}`),
      name: meter,
      code: meter,
      aggregation_type: aggregations[aggregation],
    },
    filters: [],
    grouped_usage: [],
  };
}

/** As Lago calls them; what it has no word for keeps ours. */
const aggregations: Readonly<Record<Aggregation, string>> = {
  count: "count_agg",
  sum: "sum_agg",
  max: "max_agg",
  min: "min",
  latest: "latest_agg",
  unique: "unique_count_agg",
  average: "average",
  weighted_sum: "weighted_sum_agg",
  percentile: "percentile",
  composite: "composite",
};

function notThere(what: string): Problem {
  return new Problem({ status: 404, title: "Not Found", detail: `There is no ${what}.` });
}
