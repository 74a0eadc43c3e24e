import {
  briefDocument,
  type Catalog,
  emptyCatalog,
  entriesOf,
  validateDocument,
} from "@tallybook/catalog";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applied, november, planned, tenant } from "./documents.ts";

const minute = 60_000_000;

describe("for any document", () => {
  test("what is exported says what the document says", () => {
    const sayTheSame = (document: Written) => {
      const exported = briefDocument(entriesOf(applied(emptyCatalog(), document), tenant));
      expect(validateDocument(exported)).toEqual(validateDocument(document));
    };
    fc.assert(fc.property(documents, sayTheSame));
  });

  test.each([
    ["in full", (catalog: Catalog) => entriesOf(catalog, tenant)],
    ["in brief", (catalog: Catalog) => briefDocument(entriesOf(catalog, tenant))],
  ])(
    "applying what is exported %s changes nothing, and makes another catalog the same",
    (_, exportOf) => {
      const changesNothing = (first: Written, second: Written) => {
        const before = applied(emptyCatalog(), first);
        const catalog = applied(before, changedInto(first, second), november + minute);
        const exported = exportOf(catalog);
        expect(planned(catalog, exported, november + 2 * minute)).toEqual([]);
        const other = applied(emptyCatalog(), exported, november + minute);
        expect(exportOf(other)).toEqual(exported);
      };
      fc.assert(fc.property(documents, documents, changesNothing), { numRuns: 50 });
    },
  );

  test("applying it twice changes nothing", () => {
    const isUnchanged = (document: Written) => {
      const catalog = applied(emptyCatalog(), document);
      expect(planned(catalog, document, november + minute)).toEqual([]);
    };
    fc.assert(fc.property(documents, isUnchanged));
  });
});

test("an export leaves out what goes without saying, and nothing else", () => {
  const document = {
    meters: [{ meter: "calls", event_type: "api.call", aggregation: "count" }],
    plans: [
      {
        plan: "pro",
        currency: "USD",
        prices: [
          { price: "calls", meter: "calls", model: "per_unit", unit_amount: "0.01" },
          {
            price: "fee",
            model: "flat",
            amount: "20",
            payment_term: "in_advance",
            description: "Fee",
          },
        ],
      },
    ],
    customers: [{ customer: "acme", time_zone: "Europe/Berlin" }],
    subscriptions: [
      {
        customer: "acme",
        plan: "pro",
        start: "2023-11-01T00:00:00Z",
        calendar: { anchor: { day_of_month: "15" } },
      },
    ],
  };
  const catalog = applied(emptyCatalog(), document);
  expect(briefDocument(entriesOf(catalog, tenant))).toEqual(document);
});

test("a time is exported where a document had to say it", () => {
  const plan = (amount: string, effective_at?: string) => ({
    plans: [
      {
        plan: "pro",
        currency: "USD",
        prices: [{ price: "fee", model: "flat", amount }],
        effective_at,
      },
    ],
  });
  const times = (catalog: Catalog) => entriesOf(catalog, tenant)["plans"]?.[0]?.["effective_at"];
  const first = applied(emptyCatalog(), plan("20"));
  expect(times(first)).toBeUndefined();
  const fromNow = applied(first, plan("25"));
  expect(times(fromNow)).toBeUndefined();
  const later = applied(fromNow, plan("30", "2024-01-01T00:00:00Z"));
  expect(times(later)).toBe("2024-01-01T00:00:00Z");
});

type Written = Record<string, readonly Record<string, unknown>[]>;

/** What of a second document can be made of what a first one made: what is for good stays. */
function changedInto(first: Written, second: Written): Written {
  const { subscriptions = [], contracts = [], customers: known = [] } = first;
  const customers = (second["customers"] ?? []).map(({ approval, ...customer }) => {
    const was = known.find((each) => each["customer"] === customer["customer"]);
    if (was === undefined) return said({ ...customer, approval });
    const isWaiting = was["approval"] !== undefined;
    const { time_zone } = was;
    return said({ ...customer, time_zone, approval: isWaiting ? approval : undefined });
  });
  return { ...second, customers, subscriptions, contracts };
}

const text = fc.constantFrom("Alpha", "Größe & Co", "x: y # no", "true", "007", "1.50", "- dash");
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const metadata = maybe(fc.dictionary(fc.constantFrom("crm", "team"), text, { minKeys: 1 }));
const archived = fc.constantFrom(undefined, undefined, true);
const effective_at = maybe(
  fc.constantFrom("2023-01-01T00:00:00Z", "2024-06-01T00:00:00.25Z", "2023-11-20T13:00:00Z"),
);

/** Some of these ids, in this order. */
function someOf(ids: readonly string[]): fc.Arbitrary<string[]> {
  return fc.subarray([...ids]);
}

function each<T extends Record<string, unknown>>(
  idField: string,
  ids: readonly string[],
  fields: { readonly [Key in keyof T]: fc.Arbitrary<T[Key]> },
) {
  return fc
    .tuple(...ids.map((id) => fc.record(fields).map((rest) => said({ [idField]: id, ...rest }))))
    .chain((all) => fc.subarray([...all]));
}

/** Without what is undefined. */
function said(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

const charges = fc.constantFrom<Record<string, unknown>>(
  { meter: "tokens", model: "per_unit", unit_amount: "0.0000025", per: "1000" },
  {
    meter: "tokens",
    model: "graduated",
    tiers: [
      { up_to: "100", unit_amount: "2" },
      { flat_amount: "5", unit_amount: "1" },
    ],
  },
  {
    meter: "tokens",
    model: "matrix",
    dimensions: ["model"],
    rows: [
      { dimensions: { model: "a" }, unit_amount: "1" },
      { dimensions: { model: "" }, model: "package", package_size: "10", package_amount: "3" },
    ],
    default_row: { unit_amount: "2" },
  },
  {
    meter: "tokens",
    model: "time_windows",
    windows: [{ name: "night", days: ["1", "7"], to_minute: "360", unit_amount: "0.5" }],
    otherwise: { unit_amount: "1" },
  },
  {
    meter: "gmv",
    model: "percentage",
    rate_percent: "2.9",
    free_events: "3",
    fixed_amount_per_event: "0.3",
  },
);

/** What stands around any of them. */
const arounds = fc.constantFrom<Record<string, unknown>>(
  {},
  { minimum_amount: "5", maximum_amount: "9.5" },
  { discount_percent: "12.5", commitment: { amount: "50" } },
  { commitment: { amount: "5", overage_factor: "1.5", true_up: false } },
);

const plans = each("plan", ["basic", "pro"], {
  name: maybe(text),
  currency: fc.constant("USD"),
  prices: fc.tuple(charges, arounds).map(([charge, around]) => [
    { price: "fee", model: "flat", amount: "20", description: "Fee" },
    { price: "usage", ...charge, ...around },
  ]),
  effective_at,
  description: maybe(text),
  product: fc.constantFrom(undefined, "llm"),
  entitlements: maybe(
    fc.subarray(
      [
        { feature: "tuning", value: true },
        { feature: "tier", value: "basic" },
        { feature: "context", value: "4096" },
        { feature: "cap", value: "1000000", hard: true },
      ],
      { minLength: 1 },
    ),
  ),
  metadata,
  archived,
});

const customers = each("customer", ["acme", "acme/west", "42"], {
  name: maybe(text),
  time_zone: fc.constantFrom(undefined, "Europe/Berlin"),
  email: maybe(text),
  tax_status: maybe(fc.constantFrom("exempt", "reverse_charge")),
  entity: fc.constantFrom(undefined, "emea"),
  approval: fc.constantFrom(undefined, "pending", "refused"),
  metadata,
  archived,
}).map((all) =>
  // The first of them is what the others are a part of.
  all.map((customer, index) =>
    index === 0 ? customer : { ...customer, parent: all[0]?.["customer"] },
  ),
);

/** What a subscription is started on besides its plan. */
const started = fc
  .record({
    quantity: fc.constantFrom(undefined, "3", "2.5"),
    trial: fc.constantFrom(
      undefined,
      { days: "14" },
      { end: "2023-12-01T00:00:00Z", covers: "everything" },
    ),
    phases: fc.constantFrom(undefined, [{ at: "2024-02-01T00:00:00Z", quantity: "5" }]),
    proration: fc.constantFrom(undefined, "none"),
    calendar: fc.constantFrom(undefined, { every: "3", anchor: "anniversary" }),
  })
  .map(said);

const documents: fc.Arbitrary<Written> = fc
  .record({
    terms: started,
    plans,
    customers,
    products: each("product", ["llm"], {
      name: maybe(text),
      tags: maybe(someOf(["a", "b"])),
      archived,
    }),
    models: each("model", ["gpt", "meta/llama-3 70b"], {
      name: maybe(text),
      provider: maybe(text),
      metadata,
      archived,
    }),
    coupons: each("coupon", ["spring", "ten"], {
      amount_off: fc.constant("10"),
      currency: fc.constant("USD"),
      duration: maybe(fc.constantFrom("forever")),
      redeem_by: effective_at,
      metadata,
      archived,
    }),
    tax_rates: each("tax_rate", ["vat"], {
      jurisdiction: fc.constant("de"),
      percent: fc.constantFrom("0", "19", "7.7"),
      inclusive: fc.constantFrom(undefined, true),
      effective_at,
    }),
  })
  .map(({ terms, ...parts }) => {
    const { plans: of, customers: who } = parts;
    const [plan, customer] = [of[0], who[0]];
    const isSold = plan !== undefined && customer !== undefined;
    const sold = isSold ? [{ customer: customer["customer"], plan: plan["plan"] }] : [];
    return nonEmpty({
      ...parts,
      // What the others refer to is always there.
      products: parts.products.length > 0 ? parts.products : [{ product: "llm" }],
      entities: [{ entity: "emea", name: "Tally GmbH", address: ["Weg 1", "10115 Berlin"] }],
      meters,
      features,
      contracts: sold.map((each) => ({
        contract: "signed",
        customer: each.customer,
        signed_on: "2023-11-14",
        effective_at: "2024-01-01T00:00:00Z",
        overrides: [{ plan: each.plan, price: "fee", model: "flat", amount: "15" }],
      })),
      subscriptions: sold.map((each) => ({
        ...each,
        ...terms,
        start: "2023-11-01T00:00:00Z",
      })),
    });
  });

const meters = [
  {
    meter: "tokens",
    event_type: "llm",
    aggregation: "sum",
    value_property: "n",
    dimensions: ["model"],
  },
  {
    meter: "gmv",
    event_type: "sale",
    aggregation: "sum",
    value_property: "n",
    currency: "USD",
    history: "fill",
  },
  {
    meter: "calls",
    event_type: "api",
    aggregation: "count",
    filter: [{ property: "ok", any_of: ["1"] }],
  },
];

const features = [
  { feature: "tuning", type: "boolean" },
  { feature: "tier", type: "custom", values: ["basic", "all"] },
  { feature: "context", type: "quantity" },
  { feature: "cap", type: "metered", meter: "tokens" },
];

function nonEmpty(document: Written): Written {
  return Object.fromEntries(Object.entries(document).filter(([, entries]) => entries.length > 0));
}
