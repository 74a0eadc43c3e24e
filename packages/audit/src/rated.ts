import { billingPeriodAt } from "@tallybook/catalog";
import type { Catalog } from "@tallybook/catalog";
import type { Columns, UsageFilter } from "@tallybook/columns";
import {
  advancedFees,
  advancedPeriod,
  begunFees,
  earlierUsage,
  feeAmount,
  firstRatings,
  isApart,
  ownerOf,
  ratedPeriods,
  ratingOf,
} from "@tallybook/journal";
import type { Ledger, OpenedCuts, RatedPeriod } from "@tallybook/journal";
import { decimal, toText } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import { formatTime, monthOf, nextMonth } from "@tallybook/periods";
import type { Micros, Period } from "@tallybook/periods";
import { timeOf } from "@tallybook/usage";
import type { CutClosed, Fills, UsageRow } from "@tallybook/usage";

import { compareFee, comparePeriod, rollupsName } from "./compare-period.ts";
import type { IdentityLists, Unattributed } from "./identity.ts";
import { createPeriodUses } from "./period-uses.ts";
import type { Road } from "./road.ts";
import type { Sheet } from "./sheet.ts";
import { createUseTallies, rangeOf, readUse, useOf } from "./tallies.ts";
import type { UseTallies } from "./tallies.ts";

/** What ratings are compared with. */
export interface RatedBasis {
  readonly ledger: Ledger;
  readonly catalogAt: (offset: number) => Catalog;
  /** As known at the cut. */
  readonly catalog: Catalog;
  readonly closed: CutClosed;
  readonly opened: OpenedCuts;
  readonly fills: Fills;
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
  const unrated = Map.groupBy(unratedPeriods(basis), ({ tenant }) => tenant);
  const rated = Map.groupBy(ratedPeriods(basis.ledger), ({ tenant }) => tenant);
  for (const tenant of new Set([
    ...rated.keys(),
    ...unrated.keys(),
    ...basis.catalog.tenants.keys(),
    ...road.slots.keys(),
  ])) {
    await compareTenant(
      basis,
      { tenant, rated: rated.get(tenant) ?? [], unrated: unrated.get(tenant) ?? [] },
      { road, columns, sheet, lists },
    );
  }
  return lists;
}

interface TenantPeriods {
  readonly tenant: string;
  readonly rated: readonly RatedPeriod[];
  /** That should be rated and are not. */
  readonly unrated: readonly RatedPeriod[];
}

interface Comparing {
  readonly road: Road;
  readonly columns: Pick<Columns, "readUsage">;
  readonly sheet: Sheet;
  readonly lists: RatedLists;
}

/** Goes along a tenant's time in ranges that need no calendar; a period is compared once all of it was read. */
async function compareTenant(
  basis: RatedBasis,
  { tenant, rated, unrated }: TenantPeriods,
  { road, columns, sheet, lists }: Comparing,
): Promise<void> {
  const sums = createUseTallies();
  const nobodys = createUseList<Unattributed>();
  const open = createUseList<IdentityLists["open"][number]>();
  const dueBySubscription = Map.groupBy(unrated, ({ subscription }) => subscription);
  const periods = [...rated, ...unrated];
  const uses = createPeriodUses(periods);
  const known = { tenant, cutMax: basis.closed.cut, fills: basis.fills };
  const read = (filter: Omit<UsageFilter, keyof typeof known>) =>
    columns.readUsage({ ...known, ...filter });
  for (const range of rangesOf(road.slots.get(tenant), periods)) {
    const rows = await read({ ...range, isApart: (row) => isApart(row, basis) });
    const earlier = earlierUsage(basis.catalog, tenant, range.from);
    if (earlier !== undefined) {
      const held = rows.filter(({ meter }) => earlier.meters.includes(meter));
      uses.begin(range.to, [...(await read(earlier)), ...held]);
    }
    for (const row of rows) {
      sums.add(useOf(row), rangeOf(row), row);
      const owner = ownerOf(row, basis);
      switch (owner.kind) {
        case "rated":
          uses.own(owner.rated, row);
          break;
        case "open": {
          const { meter } = row;
          const { subscription } = owner.subscription;
          const due = dueBySubscription.get(subscription)?.find((each) => isIn(each, timeOf(row)));
          if (due !== undefined) {
            uses.own(due, row);
            break;
          }
          const { from } = billingPeriodAt(owner.subscription, timeOf(row)) ?? { from: 0 };
          const use = { tenant, meter, subscription };
          open.add(`${meter}\u001f${subscription}`, use, from, row);
          break;
        }
        case "unattributed": {
          const { meter, customer, subscription } = row;
          const { reason } = owner;
          const key = [meter, customer, subscription, reason].join("\u001f");
          const use = { tenant, meter, customer, subscription, reason };
          nobodys.add(key, use, rangeOf(row), row);
        }
      }
    }
    for (const [period, usage] of uses.end(range.to))
      comparePeriod(basis, period, usage, { sheet, parked: lists.parked });
  }
  compareAdvances(basis, tenant, unrated, sheet);
  compareSums(tenant, sums, road, sheet);
  lists.unattributed.push(...nobodys.list());
  lists.open.push(...open.list());
  for (const { meter, quantity } of [...nobodys.list(), ...open.list()])
    sheet.compare(
      { tenant, meter, name: rollupsName(meter) },
      decimal(quantity),
      decimal(quantity),
    );
}

/** Periods that should be rated and are not: whatever of them is not parked is a difference. */
function unratedPeriods({ closed, ...basis }: RatedBasis): RatedPeriod[] {
  return firstRatings({ ...basis, begun: closed }).map(
    ({ tenant, customer, subscription, plan, period, part, catalog_offset }) => ({
      tenant,
      customer,
      subscription,
      plan: plan.plan,
      plan_version: plan.version,
      ...period,
      part,
      cut: closed.cut,
      catalog_offset,
      first: "",
      seq: Number.MAX_SAFE_INTEGER,
      prices:
        advancedPeriod(basis.ledger, { tenant, subscription }, period.from)?.prices ?? new Map(),
    }),
  );
}

/** Fees of periods that are not over yet: what was posted in advance, and what should have been. */
function compareAdvances(
  { closed, ...basis }: RatedBasis,
  tenant: string,
  unrated: readonly RatedPeriod[],
  sheet: Sheet,
): void {
  const over = unrated.map((period) => ratingOf(period, basis.catalogAt));
  const due = { ...basis, begun: closed };
  for (const { rating, price, owed } of advancedFees(due, over)) {
    if (rating.tenant !== tenant) continue;
    const { currency } = rating.plan;
    const { subscription, period } = rating;
    const prices = advancedPeriod(basis.ledger, rating, period.from)?.prices ?? new Map();
    compareFee({ tenant, subscription, ...period, prices }, price, { currency, owed }, sheet);
  }
  for (const { rating, price } of begunFees(due, over)) {
    if (rating.tenant !== tenant) continue;
    const { subscription, period, part, plan } = rating;
    const owed = feeAmount(price, part);
    const { currency } = plan;
    compareFee(
      { tenant, subscription, ...period, prices: new Map() },
      price,
      { currency, owed },
      sheet,
    );
  }
}

function isIn({ from, to }: Period, time: Micros): boolean {
  return from <= time && time < to;
}

/** The months of UTC that hold usage or ratings, and what lies before and after them, where nothing should be. */
function rangesOf(slots: Period | undefined, rated: readonly Period[]): Period[] {
  const periods = slots === undefined ? rated : [...rated, slots];
  if (periods.length === 0) return [{ from: 0, to: slotMax }];
  const least = periods.reduce((time, { from }) => Math.min(time, from), slotMax);
  const most = periods.reduce((time, { to }) => Math.max(time, to), 0);
  const ranges = [{ from: 0, to: monthOf(least).from }];
  for (let month = monthOf(least); month.from <= most; month = nextMonth(month)) ranges.push(month);
  return [...ranges, { from: ranges.at(-1)?.to ?? 0, to: slotMax }];
}

function compareSums(tenant: string, rollups: UseTallies, road: Road, sheet: Sheet): void {
  const right = road.measured.get(tenant)?.quantities() ?? new Map<string, Decimal>();
  const left = rollups.quantities();
  for (const use of new Set([...right.keys(), ...left.keys()])) {
    const { meter, customer, from } = readUse(use);
    const place = {
      tenant,
      meter,
      from,
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
    add(key: string, use: Omit<Item, "quantity">, range: Micros, row: UsageRow): void {
      uses.set(key, use);
      tallies.add(key, range, row);
    },
    list: () =>
      [...tallies.quantities()].map(
        ([key, quantity]) => ({ ...uses.get(key), quantity: toText(quantity) }) as Item,
      ),
  };
}

const zero = decimal("0");
