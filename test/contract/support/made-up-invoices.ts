import { emptyCatalog, evolve } from "@tallybook/catalog";
import type { Catalog, CatalogFact, Price } from "@tallybook/catalog";
import { finalize } from "@tallybook/invoice";
import type { DraftLine, InvoiceFinalized, LineExplanation, TaxOn } from "@tallybook/invoice";
import { decimal, ratioOf, shareOut, sum, toText } from "@tallybook/money";
import { chargeOf, explainCharge, rateUsage } from "@tallybook/pricing";

const month = { period_from: 1_698_796_800_000_000, period_to: 1_701_388_800_000_000 } as const;
const untaxed = { tax_category: null } as const;
const meters = ["input_tokens", "output_tokens", "images"] as const;
const models = ["small", "medium", "large", "vision"] as const;

export const linesOfInvoice = 1 + meters.length * models.length;

/**
 * The nth of invoices of a fee and three meters with four models each, rated; another one for each number. `taxes`: a state's and a city's
 * on each line, the second in its price.
 */
export function madeUpInvoice(at: number, taxes = false): InvoiceFinalized {
  const customer = `c-${at}`;
  const charges = prices.map((price, nth) => chargeLines(price, `${at} ${nth}`, at + nth));
  const draft = {
    tenant: "default",
    customer,
    subscription: `${customer}:dev`,
    plan: "dev",
    plan_version: 1,
    ...month,
    currency: "USD",
    lines: charges.flatMap(({ lines }) => lines),
    explanations: charges.flatMap(({ explanations }) => explanations),
    parts: [],
  };
  const tax = { basis: null, on: taxes ? draft.lines.map(() => [ofState, ofCity]) : [] };
  const [invoice] = finalize([{ draft, tax }], series, emptyCatalog());
  if (invoice === undefined) throw new Error("an invoice");
  return invoice;
}

const ofState: TaxOn = {
  treatment: "taxed",
  tax_rate: "state",
  tax_rate_version: 1,
  name: "Sales tax",
  jurisdiction: "US-NY",
  percent: "4",
  inclusive: false,
  reason: "",
};
const ofCity: TaxOn = {
  ...ofState,
  tax_rate: "city",
  jurisdiction: "US-NY-NYC",
  percent: "4.875",
  inclusive: true,
};

/** A price rated by the sum of what each model used, and shared out by it. */
function chargeLines(price: Price, transaction: string, seed: number) {
  const { meter, description } = price;
  const common = { transaction, meter, ...month, ...untaxed };
  if (meter === null) {
    const fee = { dimensions: {}, quantity: "1", exact: "20", description };
    const line: DraftLine = { ...common, ...fee, transaction_kind: "fee" };
    return { lines: [line], explanations: [] };
  }
  const quantities = models.map((_, nth) =>
    decimal(`${((seed * 977 + nth * 7_919) % 4_000_000) + 1}.5`),
  );
  const rating = rateUsage(chargeOf(price), { of: "quantity", quantity: sum(quantities) });
  const explanation = explainCharge(rating);
  const amounts = shareOut(ratioOf(decimal(explanation.amount)), quantities);
  const lines = models.map((model, nth): DraftLine => ({
    ...common,
    transaction_kind: "usage",
    dimensions: { model },
    quantity: toText(quantities[nth] ?? decimal("0")),
    exact: toText(amounts[nth] ?? decimal("0")),
    description: `${description}, model ${model}`,
  }));
  return { lines, explanations: [{ transaction, explanation }] satisfies LineExplanation[] };
}

const none = new Uint8Array(32);
const series = {
  begun: {
    kind: "StepBegun",
    step: 31,
    cut: 721,
    time: month.period_to + 3_600_000_000,
    catalog_offset: 3,
    invoices_offset: 0,
  },
  head: {
    kind: "HeadSigned",
    step: 31,
    cut: 721,
    cut_root: none,
    seq: 9,
    hash: none,
    invoices_offset: 0,
    signature: new Uint8Array(64),
  },
  numbers: new Map(),
  countByPeriod: new Map<string, number>(),
} as const;

const tier = { flat_amount: null, cap_amount: null };
const prices: readonly Price[] = [
  {
    price: "monthly",
    meter: null,
    charge: { model: "flat", amount: "20", payment_term: "in_arrears" },
    description: "Monthly fee",
  },
  ...meters.map((meter): Price => ({
    price: meter,
    meter,
    charge: {
      model: "graduated",
      tiers: [
        { ...tier, up_to: "1000000", unit_amount: "0.5" },
        { ...tier, up_to: "10000000", unit_amount: "0.4" },
        { ...tier, up_to: null, unit_amount: "0.3" },
      ],
      per: "1000000",
      beyond: null,
      zero_usage: "nothing",
    },
    description: `Usage of ${meter.replace("_", " ")}`,
  })),
];

/** The catalog that they were made by, with names as given and whatever else is to be known. */
export function catalogOfInvoices(
  { seller = "Example AI Ltd", customer = "Customer" }: { seller?: string; customer?: string } = {},
  more: readonly CatalogFact[] = [],
): Catalog {
  const common = { tenant: "default", recorded_at: 0, actor: "system", effective_at: 0 };
  const facts: CatalogFact[] = [
    { kind: "TenantCreated", ...common, name: seller },
    {
      kind: "CustomerCreated",
      ...common,
      customer: "c-1",
      name: customer,
      currency: "USD",
      time_zone: "Asia/Tokyo",
    },
    {
      kind: "PlanPublished",
      ...common,
      plan: "dev",
      version: 1,
      name: "Dev",
      currency: "USD",
      prices,
    },
    ...more,
  ];
  return facts.reduce(evolve, emptyCatalog());
}
