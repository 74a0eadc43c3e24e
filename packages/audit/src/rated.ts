import type { Catalog, Price } from "@tallybook/catalog";
import type { Columns } from "@tallybook/columns";
import {
  earlierUsage,
  firstRatings,
  isApart,
  meteredUsage,
  ownerOf,
  rateCharge,
  ratingOf,
  sharedQuantity,
} from "@tallybook/journal";
import type {
  BilledPrice,
  Ledger,
  MeteredUsage,
  OpenedCuts,
  RatedCharge,
  RatedPeriod,
} from "@tallybook/journal";
import { add, cut as cutRatio, decimal, POSTED_DECIMALS, sub, sum, toText } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import { formatTime, monthOf, nextMonth } from "@tallybook/periods";
import type { Micros, Period } from "@tallybook/periods";
import { rate } from "@tallybook/pricing";
import { partQuantities } from "@tallybook/usage";
import type { CutClosed, UsageRow } from "@tallybook/usage";

import type { IdentityLists, Unattributed } from "./identity.ts";
import type { Road } from "./road.ts";
import type { Sheet } from "./sheet.ts";
import { createUseTallies, readUse, useOf } from "./tallies.ts";
import type { UseTallies } from "./tallies.ts";

/** What ratings are compared with. */
export interface RatedBasis {
  readonly ledger: Ledger;
  readonly catalogAt: (offset: number) => Catalog;
  /** As known at the cut. */
  readonly catalog: Catalog;
  readonly closed: CutClosed;
  readonly opened: OpenedCuts;
}

export interface RatedLists {
  readonly unattributed: Unattributed[];
  readonly open: IdentityLists["open"][number][];
  readonly parked: IdentityLists["parked"][number][];
}

/** Seconds since 1970 in 32 bits, as ClickHouse keeps a slot. */
const slotMax: Micros = (2 ** 32 - 1) * 1_000_000;

/**
 * Follows the rollups to the journal: whose they are, what of them is rated, and what they cost when rated again; and
 * holds them against the same sums over the events of the log.
 */
export async function compareRated(
  basis: RatedBasis,
  road: Road,
  columns: Pick<Columns, "readUsage">,
  sheet: Sheet,
): Promise<RatedLists> {
  const lists: RatedLists = { unattributed: [], open: [], parked: [] };
  const unrated = unratedPeriods(basis);
  const ratedByTenant = Map.groupBy(
    [...basis.ledger.ratedByCustomer.values(), unrated].flat(),
    ({ tenant }) => tenant,
  );
  const unratedByPlace = new Map(unrated.map((period) => [placeOf(period), period]));
  for (const tenant of new Set([
    ...ratedByTenant.keys(),
    ...basis.catalog.tenants.keys(),
    ...road.slots.keys(),
  ])) {
    const sums = createUseTallies();
    const rated = Map.groupBy(ratedByTenant.get(tenant) ?? [], ({ from }) => from);
    const nobodys = createUseList<Unattributed>();
    const open = createUseList<IdentityLists["open"][number]>();
    for (const period of periodsOf(road.slots.get(tenant), [...rated.keys()])) {
      const rows = await columns.readUsage({
        tenant,
        ...period,
        cutMax: basis.closed.cut,
        isApart: (row) => isApart(row, basis),
      });
      for (const row of rows) sums.add(useOf(row), row);
      const earlierByCustomer = Map.groupBy(
        await readEarlier(basis, tenant, period.from, columns),
        ({ customer }) => customer,
      );
      const owned = new Map<RatedPeriod, UsageRow[]>();
      const own = (of: RatedPeriod, row: UsageRow) => {
        const before = owned.get(of);
        if (before === undefined) owned.set(of, [row]);
        else before.push(row);
      };
      for (const row of rows) {
        const owner = ownerOf(row, basis);
        switch (owner.kind) {
          case "rated":
            own(owner.rated, row);
            break;
          case "open": {
            const { meter } = row;
            const { subscription } = owner.subscription;
            const due = unratedByPlace.get(placeOf({ tenant, subscription, from: period.from }));
            if (due !== undefined) own(due, row);
            else open.add(`${meter}\u001f${subscription}`, { tenant, meter, subscription }, row);
            break;
          }
          case "unattributed": {
            const { meter, customer, subscription } = row;
            const { reason } = owner;
            nobodys.add(
              [meter, customer, subscription, reason].join("\u001f"),
              { tenant, meter, customer, subscription, reason },
              row,
            );
          }
        }
      }
      for (const each of rated.get(period.from) ?? []) {
        const earlier = earlierByCustomer.get(each.customer) ?? [];
        comparePeriod(basis, each, { rows: owned.get(each) ?? [], earlier }, sheet, lists);
      }
    }
    compareSums(tenant, sums, road, sheet);
    lists.unattributed.push(...nobodys.list());
    lists.open.push(...open.list());
    for (const { meter, quantity } of [...nobodys.list(), ...open.list()]) {
      sheet.compare({ tenant, name: rollupsName(meter) }, decimal(quantity), decimal(quantity));
    }
  }
  return lists;
}

/** What was measured before of meters that carry a value into the period. */
async function readEarlier(
  { catalog, closed }: RatedBasis,
  tenant: string,
  from: Micros,
  columns: Pick<Columns, "readUsage">,
): Promise<readonly UsageRow[]> {
  const earlier = earlierUsage(catalog, tenant, from);
  return earlier === undefined ? [] : columns.readUsage({ tenant, ...earlier, cutMax: closed.cut });
}

/** Months that should be rated and are not: whatever of them is not parked is a difference. */
function unratedPeriods({ closed, ...basis }: RatedBasis): RatedPeriod[] {
  return firstRatings({ ...basis, begun: closed }).map(
    ({ tenant, customer, subscription, plan, period, catalog_offset }) => ({
      tenant,
      customer,
      subscription,
      plan: plan.plan,
      plan_version: plan.version,
      ...period,
      cut: closed.cut,
      catalog_offset,
      first: "",
      prices: new Map(),
    }),
  );
}

function placeOf({
  tenant,
  subscription,
  from,
}: Pick<RatedPeriod, "tenant" | "subscription" | "from">): string {
  return `${tenant}\u001f${subscription}\u001f${from}`;
}

function rollupsName(meter: string): string {
  return `rollups = rated + open + unattributed + before activation + parked: ${meter}`;
}

/** The months that hold usage or ratings, and what lies before, between and after them, where nothing should be. */
function periodsOf(
  slots: { readonly from: Micros; readonly to: Micros } | undefined,
  rated: readonly Micros[],
): Period[] {
  const starts = slots === undefined ? rated : [...rated, slots.from, slots.to];
  if (starts.length === 0) return [{ from: 0, to: slotMax }];
  const first = monthOf(starts.reduce((least, start) => Math.min(least, start)));
  const last = monthOf(starts.reduce((most, start) => Math.max(most, start)));
  const periods = [{ from: 0, to: first.from }, first];
  for (let month = first; month.from < last.from;) {
    month = nextMonth(month);
    periods.push(month);
  }
  return [...periods, { from: last.to, to: slotMax }];
}

function comparePeriod(
  basis: RatedBasis,
  rated: RatedPeriod,
  usage: { readonly rows: readonly UsageRow[]; readonly earlier: readonly UsageRow[] },
  sheet: Sheet,
  lists: RatedLists,
): void {
  const { tenant, subscription } = rated;
  const rating = ratingOf(rated, basis.catalogAt);
  const { plan } = rating;
  const catalog = basis.catalogAt(rating.catalog_offset);
  const what = `subscription ${subscription}, period from ${rated.from}`;
  const seen = new Set<string>();
  for (const price of plan.prices) {
    const billed = billedBy(rated, price);
    if (price.meter === null) {
      const fee = cutRatio(rate(price, decimal("1")).amount, POSTED_DECIMALS);
      sheet.compare(
        { tenant, name: `fees of the plans = Σ journal, fees: ${plan.currency}`, what },
        fee,
        billed.amount,
      );
      continue;
    }
    const used = meteredUsage(rating, price.meter, usage, catalog);
    const isComposite = used.meter?.aggregation === "composite";
    const rolledUp = sharedQuantity(used);
    const again = rateAgain(price, used);
    const list = (quantity: Decimal, reason: string) =>
      lists.parked.push({
        tenant,
        subscription,
        period_from: rated.from,
        price: price.price,
        quantity: toText(quantity),
        reason,
      });
    let parked = zero;
    if (again.ok) {
      const name = `rating of the rollups = Σ journal, usage and adjustments: ${plan.currency}`;
      const { amount, unpriced } = again.charge;
      sheet.compare({ tenant, name, what: `${what}, price ${price.price}` }, amount, billed.amount);
      parked = sum(unpriced.map(({ quantity }) => quantity));
      for (const { quantity, reason } of unpriced) list(quantity, reason);
    } else {
      parked = sub(rolledUp, billed.quantity);
      list(parked, again.reason);
    }
    const sides = isComposite
      ? compositeSides(used, rated.prices.get(price.price), again.ok)
      : [{ meter: price.meter, left: rolledUp, right: add(billed.quantity, parked) }];
    for (const { meter, left, right } of sides) {
      // Each price of a meter rates all of its usage: on the line the usage counts once.
      const place = { tenant, name: rollupsName(meter), what: `${what}, price ${price.price}` };
      if (seen.has(meter)) sheet.check(place, left, right);
      else sheet.compare(place, left, right);
      seen.add(meter);
    }
  }
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

function billedBy(
  rated: RatedPeriod,
  price: Price,
): { readonly quantity: Decimal; readonly amount: Decimal } {
  const shares = [...(rated.prices.get(price.price)?.shares.values() ?? [])];
  return {
    quantity: sum(shares.map(({ quantity }) => quantity)),
    amount: sum(shares.map(({ amount }) => amount)),
  };
}

function rateAgain(
  price: Price,
  used: MeteredUsage,
): { ok: true; charge: RatedCharge } | { ok: false; reason: string } {
  try {
    return { ok: true, charge: rateCharge(price, used) };
  } catch (error) {
    return { ok: false, reason: (error as Error).message };
  }
}

function compareSums(tenant: string, rollups: UseTallies, road: Road, sheet: Sheet): void {
  const right = road.measured.get(tenant)?.quantities() ?? new Map<string, Decimal>();
  const left = rollups.quantities();
  for (const use of new Set([...right.keys(), ...left.keys()])) {
    const { meter, customer, from } = readUse(use);
    const place = {
      tenant,
      name: `rollups = the same aggregation over the events: ${meter}`,
      what: `customer ${customer}, month from ${formatTime(from).slice(0, 10)}`,
    };
    sheet.compare(place, left.get(use) ?? zero, right.get(use) ?? zero);
  }
}

/** Quantities of the same use. */
function createUseList<Item extends { readonly quantity: string }>() {
  const uses = new Map<string, Omit<Item, "quantity">>();
  const tallies = createUseTallies();
  return {
    add(key: string, use: Omit<Item, "quantity">, row: UsageRow): void {
      uses.set(key, use);
      tallies.add(key, row);
    },
    list: () =>
      [...tallies.quantities()].map(
        ([key, quantity]) => ({ ...uses.get(key), quantity: toText(quantity) }) as Item,
      ),
  };
}

const zero = decimal("0");
