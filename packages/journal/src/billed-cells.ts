import { add, sub, sum } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import type { Micros, Period } from "@tallybook/periods";

import type { Evidence } from "./facts.ts";
import { ratedOf, subscriptionKey } from "./ledger.ts";
import type { StepBasis } from "./plan.ts";
import { priceKey, ratedWithin } from "./rated.ts";
import type { RatedPeriod } from "./rated.ts";

/** What is billed of a period by one price in one of its parts, without what is written off. */
export interface Cell {
  readonly from: Micros;
  readonly plan: string;
  readonly price: string;
  amount: Decimal;
}

/** By part and price. */
export type Cells = Map<string, Cell>;

/** Notes what a transaction posts. */
export function addTo(
  cells: Cells,
  { period_from, plan, price }: Pick<Evidence, "period_from" | "plan" | "price">,
  amount: Decimal,
): void {
  const named = { plan, price: price ?? "" };
  const key = `${period_from}\u001f${priceKey(named)}`;
  const known = cells.get(key);
  if (known === undefined) cells.set(key, { from: period_from, ...named, amount });
  else known.amount = add(known.amount, amount);
}

/** What was billed of a whole period before the step, and which catalog it goes by: that of its first rating, or the step's. */
export function billedIn(
  { ledger, begun }: StepBasis,
  of: { readonly tenant: string; readonly customer: string; readonly subscription: string },
  whole: Period,
): { readonly cells: Cells; readonly catalog_offset: number } {
  const known = ratedOf(ledger, of);
  const isOf = ({ from, part }: Pick<RatedPeriod, "from" | "part">) =>
    (part?.whole_from ?? from) === whole.from;
  const rated = known === undefined ? [] : ratedWithin(known, whole).filter(isOf);
  const advanced = ledger.inAdvance.get(subscriptionKey(of.tenant, of.subscription)) ?? [];
  const cells: Cells = new Map();
  for (const { from, prices } of [...rated, ...advanced.filter(isOf)]) {
    for (const { plan, price, shares, writtenOff } of prices.values()) {
      const posted = sum([...shares.values()].map((share) => share.amount));
      addTo(cells, { period_from: from, plan, price }, sub(posted, writtenOff));
    }
  }
  const [first] = rated.toSorted((a, b) => a.seq - b.seq);
  return { cells, catalog_offset: first?.catalog_offset ?? begun.catalog_offset };
}
