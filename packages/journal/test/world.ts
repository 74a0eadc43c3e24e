import type { Catalog, CatalogFact, Price } from "@tallybook/catalog";
import {
  committedTail,
  createCatalogHistory,
  emptyLedger,
  evolveLedger,
  planStep,
  rateStep,
  sealStep,
  tailOf,
} from "@tallybook/journal";
import type {
  HeadSigned,
  InvoiceToRound,
  JournalFact,
  Ledger,
  Parked,
  StepBasis,
  StepBegun,
  TransactionPosted,
} from "@tallybook/journal";
import { parseTime } from "@tallybook/periods";
import type { UsageRow } from "@tallybook/usage";

/** A small vendor with a journal, for examples: facts of the control plane and usage in, journal facts out. */
export interface World {
  readonly facts: JournalFact[];
  ledger: Ledger;
  tell(...facts: CatalogFact[]): void;
  use(...rows: UsageRow[]): void;
  /** Rates a cut; returns what it posted. */
  step(cut: number, time: string, invoices?: readonly InvoiceToRound[]): TransactionPosted[];
  readonly parked: Parked[];
  /** By number; a cut that is not there is complete. */
  readonly opened: { time: number; complete: boolean }[];
  catalogAt(offset: number): Catalog;
}

export function newWorld(): World {
  const history = createCatalogHistory();
  let told = 0;
  const rows: UsageRow[] = [];
  const world: World = {
    facts: [],
    ledger: emptyLedger(),
    parked: [],
    opened: [],
    catalogAt: history.at,
    tell(...facts) {
      for (const fact of facts) history.add(fact, told++);
    },
    use(...more) {
      rows.push(...more);
    },
    step(cut, time, invoices = []) {
      const begun: StepBegun = {
        kind: "StepBegun",
        step: (world.ledger.head?.step ?? -1) + 1,
        cut,
        time: at(time),
        catalog_offset: told,
        invoices_offset: 0,
      };
      const basis: StepBasis = {
        begun,
        ledger: world.ledger,
        catalogAt: world.catalogAt,
        opened: world.opened,
      };
      const plan = planStep(
        basis,
        rows.filter((row) => row.cut === cut),
      );
      const { transactions, parked } = rateStep(basis, plan, rows, invoices);
      const sealed = sealStep(committedTail(world.ledger), begun.step, transactions);
      record(begun);
      sealed.forEach(record);
      record(headOf(begun, world.ledger));
      world.parked.splice(0, world.parked.length, ...parked);
      return sealed;
    },
  };
  function record(fact: JournalFact): void {
    world.facts.push(fact);
    world.ledger = evolveLedger(world.ledger, fact);
  }
  return world;
}

export function headOf(begun: StepBegun, ledger: Ledger): HeadSigned {
  const { seq, hash } = tailOf(ledger);
  const { step, cut, invoices_offset } = begun;
  const none = new Uint8Array(32);
  return {
    kind: "HeadSigned",
    step,
    cut,
    cut_root: none,
    seq,
    hash,
    invoices_offset,
    signature: none,
  };
}

const system = { tenant: "default", recorded_at: 0, actor: "system", effective_at: 0 } as const;

export function settings(graceSeconds: number): CatalogFact {
  return {
    kind: "SettingsSet",
    tenant: "",
    recorded_at: 0,
    actor: "system",
    simulated: true,
    window_seconds: null,
    ahead_seconds: 3_600,
    grace_seconds: graceSeconds,
    cut_interval_seconds: 3_600,
  };
}

export function customer(name: string): CatalogFact {
  return { kind: "CustomerCreated", ...system, customer: name, name, currency: "USD" };
}

export function plan(
  name: string,
  prices: readonly Price[],
  version = 1,
  effectiveAt = 0,
): CatalogFact {
  return {
    kind: "PlanPublished",
    ...system,
    effective_at: effectiveAt,
    plan: name,
    version,
    name,
    currency: "USD",
    prices,
  };
}

export function subscription(
  name: string,
  of: string,
  to: string,
  start: string,
  end: string | null = null,
): CatalogFact {
  const times = { start: at(start), end: end === null ? null : at(end) };
  return {
    kind: "SubscriptionStarted",
    ...system,
    subscription: name,
    customer: of,
    plan: to,
    ...times,
  };
}

const noPrice = {
  meter: null,
  amount: null,
  unit_amount: null,
  per: "1",
  tiers: [],
  beyond: null,
  package_size: null,
  package_amount: null,
  free_units: null,
  dimensions: [],
  rows: [],
  default_row: null,
} as const;

export function fee(price: string, amount: string): Price {
  return { ...noPrice, price, model: "flat", amount, description: "Monthly fee" };
}

export function perUnit(price: string, meter: string, unitAmount: string, per = "1"): Price {
  return {
    ...noPrice,
    price,
    meter,
    model: "per_unit",
    unit_amount: unitAmount,
    per,
    description: "",
  };
}

/** Rows as [values in the order of the dimensions, amount per unit]. */
export function matrix(
  price: string,
  meter: string,
  dimensions: readonly string[],
  rows: readonly (readonly [readonly string[], string])[],
  defaultAmount: string | null = null,
): Price {
  return {
    ...noPrice,
    price,
    meter,
    model: "matrix",
    dimensions,
    rows: rows.map(([values, unit_amount]) => ({
      dimensions: Object.fromEntries(dimensions.map((name, at) => [name, values[at] ?? ""])),
      unit_amount,
      per: "3",
    })),
    default_row: defaultAmount === null ? null : { unit_amount: defaultAmount, per: "3" },
    description: "",
  };
}

/** Tiers as [up to, amount per 1,000,000]; null: no end. */
export function tiered(
  model: "graduated" | "volume",
  price: string,
  meter: string,
  tiers: readonly (readonly [string | null, string])[],
): Price {
  return {
    ...noPrice,
    price,
    meter,
    model,
    per: "1000000",
    tiers: tiers.map(([up_to, unit_amount]) => ({ up_to, unit_amount, flat_amount: null })),
    beyond: "last_tier",
    description: "",
  };
}

export function row(
  cut: number,
  of: string,
  meter: string,
  time: string,
  quantity: string,
  dimensions: Readonly<Record<string, string>> = {},
): UsageRow {
  const [customerName = "", subscriptionName = ""] = of.split("/");
  return {
    tenant: "default",
    customer: customerName,
    subscription: subscriptionName,
    meter,
    meter_version: 1,
    slot: at(time),
    dimensions,
    cut,
    merging: "sum",
    quantity,
    count: 1,
    value: "",
    latest: null,
  };
}

export function at(time: string): number {
  const full = time.length === 10 ? `${time}T00:00:00Z` : `${time}:00Z`;
  const micros = parseTime(full);
  if (micros === undefined) throw new Error(`no time: ${time}`);
  return micros;
}
