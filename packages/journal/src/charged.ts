import type { SoldPlan, SoldPrice, Subscription } from "@tallybook/catalog";
import type { Period } from "@tallybook/periods";
import type { UsageRow } from "@tallybook/usage";

import { soldTo } from "./attribute.ts";
import { rateCharge } from "./charge.ts";
import type { RatedCharge } from "./charge.ts";
import { meteredUsage } from "./metered.ts";
import type { MeteredUsage } from "./metered.ts";
import { ownRows } from "./used.ts";
import type { UsedBasis } from "./used.ts";

/** What the usage of a period costs by one price, as things stand. */
export interface ChargedUse {
  readonly price: SoldPrice;
  readonly used: MeteredUsage;
  /** Null: it cannot be rated, and `fault` says why. */
  readonly charge: RatedCharge | null;
  readonly fault: string | null;
}

/** What a subscription's usage of a whole period costs so far. */
export interface ChargedPeriod {
  readonly sold: SoldPlan;
  /** Of every price of usage, in the order of the plan. */
  readonly charges: readonly ChargedUse[];
}

/**
 * What the usage of a period would be billed at if no more came: by the prices that hold when it begins, as a rating of the whole of it
 * would count; undefined where the subscription is on nothing then. Fees, discounts and taxes are not in it.
 */
export function chargedBy(
  subscription: Subscription,
  period: Period,
  usage: { readonly rows: readonly UsageRow[]; readonly earlier: readonly UsageRow[] },
  basis: UsedBasis,
): ChargedPeriod | undefined {
  const sold = soldTo(subscription, period.from, basis.catalog);
  if (sold === undefined) return undefined;
  const { tenant, customer, subscription: name } = subscription;
  const of = { tenant, customer, subscription: name, period };
  const rows = ownRows(subscription, period, usage.rows, basis);
  const charges = sold.prices.flatMap((price): ChargedUse[] => {
    if (price.meter === null) return [];
    const used = meteredUsage(of, price.meter, { ...usage, rows }, basis.catalog);
    try {
      return [{ price, used, charge: rateCharge(price, used, { part: null }), fault: null }];
    } catch (error) {
      return [{ price, used, charge: null, fault: (error as Error).message }];
    }
  });
  return { sold, charges };
}
