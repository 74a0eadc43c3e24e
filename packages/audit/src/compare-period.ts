import type { Catalog, SoldPrice } from "@tallybook/catalog";
import {
  billedFor,
  feeAmount,
  meteredUsage,
  rateCharge,
  ratingOf,
  sharedQuantity,
} from "@tallybook/journal";
import type {
  BilledPrice,
  MeteredUsage,
  PeriodPart,
  RatedPeriod,
  Rating,
} from "@tallybook/journal";
import { add, decimal, sub, sum, toText } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import { partQuantities } from "@tallybook/usage";
import type { UsageRow } from "@tallybook/usage";

import type { IdentityLists } from "./identity.ts";
import type { Sheet } from "./sheet.ts";

type Parked = IdentityLists["parked"][number];

/** What a period is rated from. */
export interface PeriodUsage {
  readonly rows: readonly UsageRow[];
  /** What happened before it to meters that carry a value into it. */
  readonly earlier: readonly UsageRow[];
}

export function rollupsName(meter: string): string {
  return `rollups = rated + open + unattributed + before activation + parked: ${meter}`;
}

/**
 * Rates a period again from its rollups, and holds the amounts against what the journal posted for it. What cannot be rated is listed
 * as parked.
 */
export function comparePeriod(
  { catalogAt }: { readonly catalogAt: (offset: number) => Catalog },
  rated: RatedPeriod,
  usage: PeriodUsage,
  { sheet, parked: listed }: { readonly sheet: Sheet; readonly parked: Parked[] },
): void {
  const { tenant, subscription } = rated;
  const rating = ratingOf(rated, catalogAt);
  const { currency } = rating.plan;
  const catalog = catalogAt(rating.catalog_offset);
  const what = `subscription ${subscription}, period from ${rated.from}`;
  const seen = new Set<string>();
  compareOthers(rated, rating, sheet);
  for (const price of rating.prices) {
    const billed = billedBy(rated, price);
    if (price.meter === null) {
      const fee = again(() => feeAmount(price, partAgain(rated)));
      if (fee.ok) compareFee(rated, price, { currency, owed: fee.rated }, sheet);
      else listed.push({ ...parkedOf(rated, price.price), quantity: "0", reason: fee.reason });
      continue;
    }
    const used = meteredUsage(rating, price.meter, usage, catalog);
    const isComposite = used.meter?.aggregation === "composite";
    const rolledUp = sharedQuantity(used);
    const charge = again(() => rateCharge(price, used, { part: partAgain(rated) }));
    const list = (quantity: Decimal, reason: string) =>
      listed.push({ ...parkedOf(rated, price.price), quantity: toText(quantity), reason });
    let parked = zero;
    if (charge.ok) {
      const name = `rating of the rollups = Σ journal, usage and adjustments: ${currency}`;
      const { amount, unpriced } = charge.rated;
      const { meter } = price;
      const place = { tenant, name, meter, from: rated.from };
      sheet.compare({ ...place, what: `${what}, price ${price.price}` }, amount, billed.amount);
      parked = sum(unpriced.map(({ quantity }) => quantity));
      for (const { quantity, reason } of unpriced) list(quantity, reason);
    } else {
      parked = sub(rolledUp, billed.quantity);
      list(parked, charge.reason);
    }
    const sides = isComposite
      ? compositeSides(used, billedFor(rated, price), charge.ok)
      : [{ meter: price.meter, left: rolledUp, right: add(billed.quantity, parked) }];
    for (const { meter, left, right } of sides) {
      // Each price of a meter rates all of its usage: on the line the usage counts once.
      const of = { tenant, meter, from: rated.from };
      const place = { ...of, name: rollupsName(meter), what: `${what}, price ${price.price}` };
      if (seen.has(meter)) sheet.check(place, left, right);
      else sheet.compare(place, left, right);
      seen.add(meter);
    }
  }
}

/** What was posted in advance for a price that the period does not have, since its plan was changed: nothing of it is left. */
function compareOthers(rated: RatedPeriod, { plan, prices }: Rating, sheet: Sheet): void {
  for (const billed of rated.prices.values()) {
    const isOwn = prices.some((each) => each.plan === billed.plan && each.price === billed.price);
    if (!isOwn) compareFee(rated, billed, { currency: plan.currency, owed: zero }, sheet);
  }
}

/** What a period owes for a price without a meter, and what was posted for it in all. */
export function compareFee(
  period: Pick<RatedPeriod, "tenant" | "subscription" | "from" | "prices">,
  price: Pick<SoldPrice, "plan" | "price">,
  { currency, owed }: { readonly currency: string; readonly owed: Decimal },
  sheet: Sheet,
): void {
  const { tenant, subscription, from } = period;
  const name = `fees of the plans = Σ journal, fees: ${currency}`;
  const what = `subscription ${subscription}, period from ${from}`;
  sheet.compare({ tenant, name, from, what }, owed, billedBy(period, price).amount);
}

function parkedOf({ tenant, subscription, from }: RatedPeriod, price: string) {
  return { tenant, subscription, period_from: from, price };
}

/** A composite has no rollups of its own: what its parts were is on the one side, and what of them it billed on the other. */
function compositeSides(
  used: MeteredUsage,
  billed: BilledPrice | undefined,
  isRated: boolean,
): { readonly meter: string; readonly left: Decimal; readonly right: Decimal }[] {
  return partQuantities(used.rows, used.meter).map(({ meter, quantity }) => ({
    meter,
    left: quantity,
    // What is parked is all that is not billed.
    right: isRated ? (billed?.parts.get(meter) ?? zero) : quantity,
  }));
}

/** The part of its fees that a period owes: what of it needs no zone's tables is computed again. */
function partAgain({
  from,
  to,
  part,
}: Pick<RatedPeriod, "from" | "to" | "part">): PeriodPart | null {
  if (part?.proration !== "by_second") return part;
  const { whole_from, whole_to } = part;
  return { ...part, numerator: String(to - from), denominator: String(whole_to - whole_from) };
}

function billedBy(
  rated: Pick<RatedPeriod, "prices">,
  price: Pick<SoldPrice, "plan" | "price">,
): { readonly quantity: Decimal; readonly amount: Decimal } {
  const shares = [...(billedFor(rated, price)?.shares.values() ?? [])];
  return {
    quantity: sum(shares.map(({ quantity }) => quantity)),
    amount: sum(shares.map(({ amount }) => amount)),
  };
}

function again<Rated>(
  rate: () => Rated,
): { ok: true; rated: Rated } | { ok: false; reason: string } {
  try {
    return { ok: true, rated: rate() };
  } catch (error) {
    return { ok: false, reason: (error as Error).message };
  }
}

const zero = decimal("0");
