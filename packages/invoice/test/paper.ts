import { emptyCatalog, evolve } from "@tallybook/catalog";
import type { CatalogFact, Price } from "@tallybook/catalog";
import { finalize, tellTaxes } from "@tallybook/invoice";
import type { DraftLine, InvoiceFinalized, MadeAt } from "@tallybook/invoice";
import { parseTime } from "@tallybook/periods";

const common = { tenant: "default", recorded_at: 0, actor: "system", effective_at: 0 };
const [october, november, december] = [at("2023-10-01"), at("2023-11-01"), at("2023-12-01")];

const octobers = "Late usage of 2023-10-01 to 2023-11-01: ";

/** What a page is made from, with names as given. */
export interface Paper {
  readonly currency?: string;
  readonly seller?: string;
  readonly customer?: string;
  readonly customerName?: string;
  readonly lines: readonly DraftLine[];
  /** None unless given: an invoice that was made before invoices had them. */
  readonly explanations?: InvoiceFinalized["explanations"];
  /** Under which images cost 0.03. */
  readonly contract?: string;
  /** More prices of its plan. */
  readonly prices?: readonly Price[];
  /** What else the catalog knows. */
  readonly facts?: readonly CatalogFact[];
}

export function paper({
  currency = "USD",
  seller = "Example AI Ltd",
  customer = "acme",
  customerName = "Acme Corporation",
  lines,
  explanations = [],
  contract,
  prices: more = [],
  facts: known = [],
}: Paper): { invoice: InvoiceFinalized; madeAt: MadeAt } {
  const facts: CatalogFact[] = [
    { kind: "TenantCreated", ...common, name: seller },
    {
      kind: "CustomerCreated",
      ...common,
      customer,
      name: customerName,
      currency,
      time_zone: "UTC",
    },
    {
      kind: "PlanPublished",
      ...common,
      plan: "ai_developer",
      version: 2,
      name: "AI Developer",
      currency,
      prices: [...prices, ...more],
    },
    ...(contract === undefined ? [] : [signed(contract, customer)]),
    ...known,
  ];
  const catalog = facts.reduce(evolve, emptyCatalog());
  const draft = {
    tenant: "default",
    customer,
    subscription: `${customer}:ai_developer`,
    plan: "ai_developer",
    plan_version: 2,
    period_from: november,
    period_to: december,
    currency,
    lines,
    explanations,
    parts: [],
  };
  const time = december + 3_600_000_000;
  const tax = tellTaxes(draft, { catalog, catalog_offset: 3, at: time });
  if (tax.kind !== "told") throw new Error("its tax");
  const [invoice] = finalize(
    [{ draft, tax }],
    {
      begun: {
        kind: "StepBegun",
        step: 31,
        cut: 721,
        time,
        catalog_offset: 3,
        invoices_offset: 0,
      },
      head: {
        kind: "HeadSigned",
        step: 31,
        cut: 721,
        cut_root: new Uint8Array(32),
        seq: 9,
        hash: new Uint8Array(32).fill(0xab),
        invoices_offset: 0,
        signature: new Uint8Array(64),
      },
      numbers: new Map(),
      countByPeriod: new Map(),
    },
    catalog,
  );
  if (invoice === undefined) throw new Error("an invoice");
  return { invoice, madeAt: { catalog, cut: 721, signature: new Uint8Array(64).fill(0xcd) } };
}

function signed(contract: string, customer: string): CatalogFact {
  return {
    kind: "ObjectRevised",
    ...common,
    collection: "contracts",
    id: contract,
    version: 1,
    archived: false,
    body: {
      customer,
      signed_on: "2023-10-14",
      ends_at: null,
      price_changes: "follow",
      overrides: [
        {
          plan: "ai_developer",
          price: "images",
          description: null,
          model: "per_unit",
          unit_amount: "0.03",
        },
      ],
    },
  };
}

export function fee(amount: string): DraftLine {
  return line("fee", null, {}, ["1", amount], "Monthly fee");
}

/** Of a meter of the plan: input_tokens (graduated), output_tokens (volume), calls (package) or images (per unit). */
export function usage(
  meter: string,
  dimensions: Record<string, string>,
  quantity: string,
  exact: string,
): DraftLine {
  return line("usage", meter, dimensions, [quantity, exact], described(meter, dimensions));
}

/** To October. */
export function late(
  meter: string,
  dimensions: Record<string, string>,
  quantity: string,
  exact: string,
): DraftLine {
  const description = `${octobers}${described(meter, dimensions)}`;
  const adjustment = line("adjustment", meter, dimensions, [quantity, exact], description);
  return { ...adjustment, period_from: october, period_to: november };
}

/** What a coupon takes off the period, or off what came late of October. */
export function discount(exact: string, isLate = false): DraftLine {
  const words = "Welcome (coupon welcome), version 1: 20 % off";
  if (!isLate) return line("discount", null, {}, ["1", exact], words);
  const of = line("discount", null, {}, ["1", exact], `${octobers}${words}`);
  return { ...of, transaction: "discount late", period_from: october, period_to: november };
}

function line(
  kind: DraftLine["transaction_kind"],
  meter: string | null,
  dimensions: Record<string, string>,
  [quantity, exact]: [string, string],
  description: string,
): DraftLine {
  return {
    transaction: `${kind} ${meter}`,
    transaction_kind: kind,
    meter,
    dimensions,
    quantity,
    exact,
    description,
    period_from: november,
    period_to: december,
    tax_category: null,
  };
}

function described(meter: string, dimensions: Record<string, string>): string {
  const what = prices.find((each) => each.meter === meter)?.description ?? meter;
  return [what, ...Object.entries(dimensions).map(([name, value]) => `${name} ${value}`)].join(
    ", ",
  );
}

function tier(up_to: string | null, unit_amount: string, flat_amount: string | null = null) {
  return { up_to, unit_amount, flat_amount, cap_amount: null };
}

const prices: readonly Price[] = [
  {
    price: "monthly",
    meter: null,
    charge: { model: "flat", amount: "20", payment_term: "in_arrears" },
    description: "Monthly fee",
  },
  {
    price: "input",
    meter: "input_tokens",
    charge: {
      model: "graduated",
      per: "1000000",
      tiers: [tier("1000000", "0.5"), tier("10000000", "0.3", "1")],
      beyond: "last_tier",
      zero_usage: "nothing",
    },
    description: "Input tokens",
  },
  {
    price: "output",
    meter: "output_tokens",
    charge: {
      model: "volume",
      per: "1000000",
      tiers: [tier("10000000", "0.8"), tier(null, "0.5")],
      beyond: null,
      zero_usage: "nothing",
      boundary: "lower_tier",
    },
    description: "Output tokens",
  },
  {
    price: "calls",
    meter: "calls",
    charge: {
      model: "package",
      package_size: "1000",
      package_amount: "2",
      free_units: "500",
      round: "up",
    },
    description: "Calls",
  },
  {
    price: "images",
    meter: "images",
    charge: { model: "per_unit", unit_amount: "0.04", per: "1" },
    description: "Images",
  },
];

function at(day: string): number {
  return parseTime(`${day}T00:00:00Z`) ?? 0;
}
