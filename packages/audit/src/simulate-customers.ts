import { subscriptionsOf } from "@tallybook/catalog";
import type { Catalog } from "@tallybook/catalog";
import type { Columns } from "@tallybook/columns";
import {
  billsOf,
  boundsOf,
  earlierUsage,
  emptyLedger,
  eventMetersOf,
  isApart,
  isHeld,
  periodsWithin,
} from "@tallybook/journal";
import type { Bill, PeriodOfBill } from "@tallybook/journal";
import { roundedTotal } from "@tallybook/money";
import type { Period } from "@tallybook/periods";
import type { Fills, UsageRow } from "@tallybook/usage";

import { currencyNamed } from "./sentence.ts";
import type { CustomerBills, SimulatedShare } from "./simulated.ts";

/** Customers whose usage is read by one query: of what is put together, and of what has to be seen slot by slot or event by event. */
const customersMax = 5_000;
const singleCustomersMax = 100;

/** What customers are rated by, twice. */
export interface SimulateBasis {
  readonly tenant: string;
  readonly now: Catalog;
  readonly other: Catalog;
  readonly period: Period;
  readonly cutMax: number;
  readonly fills: Fills;
}

type Reader = Pick<Columns, "readUsage" | "readWindows">;

/** Bills of customers by both catalogs, from one reading of their usage. `told` is told of customers that are done. */
export async function simulateCustomers(
  basis: SimulateBasis,
  customers: readonly string[],
  columns: Reader,
  told: (customers: number) => void,
): Promise<SimulatedShare> {
  const bills: CustomerBills[] = [];
  const parked = { now: 0, other: 0 };
  const chunks = chunksOf(customers, customersMax);
  const readChunk = (chunk: readonly string[]) => readUsage(basis, chunk, columns);
  // The next ones are read while these are rated.
  let reading = chunks[0] === undefined ? undefined : readChunk(chunks[0]);
  for (const at of chunks.keys()) {
    const usage = await reading;
    const next = chunks[at + 1];
    reading = next === undefined ? undefined : readChunk(next);
    for (const each of usage ?? []) {
      const now = billsOf(each.periods, each, basis.now);
      const other = billsOf(each.periods, each, basis.other);
      parked.now += sumOf(now, (bill) => bill.parked);
      parked.other += sumOf(other, (bill) => bill.parked);
      bills.push(...pairUp(each.customer, now, other));
    }
    told(chunks[at]?.length ?? 0);
  }
  return { bills, parked };
}

interface UsageOfCustomer {
  readonly customer: string;
  readonly periods: readonly PeriodOfBill[];
  readonly rows: readonly UsageRow[];
  readonly earlier: readonly UsageRow[];
}

async function readUsage(
  basis: SimulateBasis,
  customers: readonly string[],
  columns: Reader,
): Promise<UsageOfCustomer[]> {
  const { tenant, now, period, cutMax, fills } = basis;
  const periods = new Map(
    customers.map((each) => [each, periodsWithin(subscriptionsOf(now, tenant, each), period)]),
  );
  const { whole, single, dimensions } = metersIn(basis);
  const bounds = new Map([...periods].map(([customer, own]) => [customer, boundsOf(own)]));
  const known = { tenant, cutMax, fills };
  const rows = await columns.readWindows({ ...known, meters: whole, dimensions, bounds });
  const earlier: UsageRow[] = [];
  for (const some of single.length === 0 ? [] : chunksOf(customers, singleCustomersMax)) {
    const times = some.flatMap((customer) => bounds.get(customer) ?? []);
    if (times.length === 0) continue;
    const [from, to] = [Math.min(...times), Math.max(...times)];
    const own = { ...known, customers: some, meters: single };
    const apart = (row: UsageRow) => isApartFor(row, basis);
    for (const row of await columns.readUsage({ ...own, from, to, isApart: apart })) {
      rows.push(row);
      if (isHeld(now, tenant, row.meter)) earlier.push(row);
    }
    const before = earlierUsage(now, tenant, from);
    if (before === undefined) continue;
    for (const row of await columns.readUsage({ ...own, ...before })) earlier.push(row);
  }
  const rowsByCustomer = Map.groupBy(rows, ({ customer }) => customer);
  const earlierByCustomer = Map.groupBy(earlier, ({ customer }) => customer);
  return [...periods].map(([customer, own]) => ({
    customer,
    periods: own,
    rows: rowsByCustomer.get(customer) ?? [],
    earlier: earlierByCustomer.get(customer) ?? [],
  }));
}

function isApartFor(row: UsageRow, { now, other }: SimulateBasis): boolean {
  return [now, other].some((catalog) =>
    isApart(row, { ledger: nothingRated, catalogAt: () => catalog, catalog }),
  );
}

const nothingRated = emptyLedger();

/** The tenant's meters: those whose quantities can be put together, and those that have to be seen one by one. */
function metersIn({ tenant, now, other }: SimulateBasis): {
  readonly whole: readonly string[];
  readonly single: readonly string[];
  /** Those that some price tells apart. */
  readonly dimensions: readonly string[];
} {
  const needs = [now, other].flatMap((catalog) => [...eventMetersOf(catalog, tenant).keys()]);
  const single = new Set(needs);
  const meters = [...(now.tenants.get(tenant)?.meters.keys() ?? [])];
  const dimensions = new Set<string>();
  for (const catalog of [now, other]) {
    const own = catalog.tenants.get(tenant);
    addDimensions([...(own?.plans.values() ?? [])], dimensions);
    addDimensions([...(own?.objects.get("contracts")?.values() ?? [])], dimensions);
  }
  return {
    whole: meters.filter((meter) => !single.has(meter)),
    single: meters.filter((meter) => single.has(meter)),
    dimensions: [...dimensions],
  };
}

/** What matrices and capacities name, wherever they stand in plans and contracts. */
function addDimensions(of: unknown, to: Set<string>): void {
  if (typeof of !== "object" || of === null) return;
  for (const [name, value] of Object.entries(of)) {
    if (name === "dimensions" && Array.isArray(value))
      for (const each of value) if (typeof each === "string") to.add(each);
    if (name === "unit_dimension" && typeof value === "string") to.add(value);
    addDimensions(value, to);
  }
}

/** Bills of one period stand at one place; where one of the two has none, it is 0. */
function pairUp(customer: string, now: readonly Bill[], other: readonly Bill[]): CustomerBills[] {
  const byCurrency = Map.groupBy([...now, ...other], ({ currency }) => currency);
  return [...byCurrency].map(([currency, own]) => {
    const keys = [...new Set(own.map(keyOf))];
    const minor = (bills: readonly Bill[]) => {
      const amounts = new Map(
        bills.filter((bill) => bill.currency === currency).map((bill) => [keyOf(bill), bill]),
      );
      return keys.map((key) => minorUnits(amounts.get(key)));
    };
    return { customer, currency, now: minor(now), other: minor(other) };
  });
}

function keyOf({ subscription, from }: Bill): string {
  return `${subscription}\u001f${from}`;
}

/** Rounded as an invoice is. */
function minorUnits(bill: Bill | undefined): bigint {
  if (bill === undefined) return 0n;
  return BigInt(roundedTotal(bill.amount, currencyNamed(bill.currency)));
}

function sumOf<Item>(items: readonly Item[], numberOf: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + numberOf(item), 0);
}

function chunksOf<Item>(items: readonly Item[], size: number): Item[][] {
  const chunks: Item[][] = [];
  for (let at = 0; at < items.length; at += size) chunks.push(items.slice(at, at + size));
  return chunks;
}
