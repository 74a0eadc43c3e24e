import {
  changeFacts,
  emptyCatalog,
  entryOf,
  Faults,
  objectsOf,
  planDetailsOf,
  subscriptionOf,
} from "@tallybook/catalog";
import { describe, expect, test } from "vitest";
import { aiPlatform, applied, faultTexts, november, planned, tenant, withAt } from "./documents.ts";

const hour = 3_600_000_000;

/** A document that says something of every collection. */
function everything() {
  const platform = aiPlatform();
  return {
    entities: [{ entity: "emea", name: "Tally GmbH", country: "DE", address: ["Weg 1", "Berlin"] }],
    tax_rates: [{ tax_rate: "vat_de", jurisdiction: "de", country: "DE", percent: "19.0" }],
    products: [{ product: "llm", name: "Language models", tags: ["ai"] }],
    features: [
      { feature: "fine_tuning", type: "boolean" },
      { feature: "tier", type: "custom", values: ["basic", "all"] },
      { feature: "context", type: "quantity" },
      { feature: "tokens", type: "metered", meter: "input_tokens" },
    ],
    models: [{ model: "meta/llama-3 70b", name: "Llama 3, 70B", provider: "Meta" }],
    meters: platform.meters,
    plans: [
      {
        ...platform.plans[0],
        product: "llm",
        entitlements: [
          { feature: "fine_tuning", value: true },
          { feature: "tier", value: "basic" },
          { feature: "context", value: "4096.0" },
          { feature: "tokens", value: "1e6", hard: true },
        ],
      },
      {
        plan: "support",
        add_on: true,
        currency: "USD",
        prices: [{ price: "monthly", model: "flat", amount: "25" }],
      },
    ],
    coupons: [{ coupon: "spring", percent_off: "15", duration: "repeating", periods: "3" }],
    customers: [
      { customer: "holding", name: "Holding" },
      {
        customer: "cust-00",
        name: "Acme",
        email: "billing@acme.example",
        parent: "holding",
        entity: "emea",
        metadata: { crm: "42" },
      },
    ],
    contracts: [
      {
        contract: "acme-2023",
        customer: "cust-00",
        signed_on: "2023-11-14",
        effective_at: "2023-12-01T00:00:00Z",
        overrides: [
          { plan: "ai_developer", price: "images", model: "per_unit", unit_amount: "0.03" },
        ],
      },
    ],
    subscriptions: platform.subscriptions,
  };
}

function everythingWith(path: string, value: unknown): unknown {
  return withAt(everything(), path, value);
}

describe("objects of a document", () => {
  test("are written once each, whole, and with what goes without saying", () => {
    const facts = planned(emptyCatalog(), everything());
    if (typeof facts === "string") throw new Error(facts);
    const objects = facts.flatMap((fact) => (fact.kind === "ObjectRevised" ? [fact] : []));
    expect(objects.map(({ collection, id, version }) => `${collection} ${id} ${version}`)).toEqual([
      "entities emea 1",
      "tax_rates vat_de 1",
      "products llm 1",
      "features fine_tuning 1",
      "features tier 1",
      "features context 1",
      "features tokens 1",
      "models meta/llama-3 70b 1",
      "coupons spring 1",
      "contracts acme-2023 1",
      "plan_details ai_developer 1",
      "plan_details support 1",
      "customers cust-00 1",
    ]);
    expect(objects.find(({ id }) => id === "vat_de")).toMatchObject({
      effective_at: 0,
      archived: false,
      body: { name: "vat_de", percent: "19", inclusive: false, tax_category: null },
    });
    expect(objects.find(({ id }) => id === "ai_developer")?.body["entitlements"]).toEqual([
      { feature: "fine_tuning", value: true, hard: false },
      { feature: "tier", value: "basic", hard: false },
      { feature: "context", value: "4096", hard: false },
      { feature: "tokens", value: "1000000", hard: true },
    ]);
  });

  test("are not written a second time", () => {
    const catalog = applied(emptyCatalog(), everything());
    expect(planned(catalog, everything(), november + hour)).toEqual([]);
  });

  test("get a further version, from now on, of what is said otherwise", () => {
    const catalog = applied(emptyCatalog(), everything());
    const changed = everythingWith("products[0].name", "Models");
    expect(planned(catalog, changed, november + hour)).toMatchObject([
      {
        collection: "products",
        version: 2,
        effective_at: november + hour,
        body: { name: "Models" },
      },
    ]);
    const after = applied(catalog, changed, november + hour);
    expect(objectsOf(after, tenant, "products").get("llm")).toHaveLength(2);
  });

  test("a customer is called as last said", () => {
    const catalog = applied(emptyCatalog(), everything());
    const after = applied(catalog, everythingWith("customers[1].name", "Acme Robotics"));
    expect(after.tenants.get(tenant)?.customers.get("cust-00")).toMatchObject({
      name: "Acme Robotics",
      currency: "USD",
    });
    const { email } = entryOf(after, tenant, "customers", "cust-00") ?? {};
    expect(email).toBe("billing@acme.example");
    expect(planned(after, everythingWith("customers[1].name", "Acme Robotics"))).toEqual([]);
  });

  test("what an entry of a known customer leaves out stays, and null takes it away", () => {
    const catalog = applied(emptyCatalog(), everything());
    const saying = (fields: object) => ({ customers: [{ customer: "cust-00", ...fields }] });
    expect(planned(catalog, saying({}))).toEqual([]);
    expect(planned(catalog, saying({ country: "DE", email: null }))).toMatchObject([
      { version: 2, body: { name: "Acme", country: "DE", email: null, metadata: { crm: "42" } } },
    ]);
    const archived = applied(catalog, saying({ archived: true }));
    expect(planned(archived, saying({}))).toEqual([]);
    expect(planned(archived, saying({ archived: false }))).toMatchObject([{ archived: false }]);
  });

  test("a known customer's currency and zone need not be written again", () => {
    const euros = { currency: "EUR", time_zone: "Europe/Berlin" };
    const catalog = applied(emptyCatalog(), { customers: [{ customer: "bank", ...euros }] });
    expect(planned(catalog, { customers: [{ customer: "bank" }] })).toEqual([]);
    const dollars = planned(catalog, { customers: [{ customer: "bank", currency: "USD" }] });
    expect(dollars).toBe("customers[0].currency cannot_change");
  });

  test("are archived, and come back, as the document says", () => {
    const catalog = applied(emptyCatalog(), everything());
    const archived = everythingWith("products[0].archived", true);
    expect(planned(catalog, archived)).toMatchObject([{ version: 2, archived: true }]);
    const after = applied(catalog, archived);
    expect(planned(after, archived)).toEqual([]);
    expect(planned(after, everything())).toMatchObject([{ version: 3, archived: false }]);
  });

  test("what is archived is not taken for anything new, and what has it keeps it", () => {
    const without = everything();
    const catalog = applied(emptyCatalog(), withAt(without, "products[0].archived", true));
    const { plans } = everything();
    expect(planned(catalog, { plans })).toEqual([]);
    const other = { ...plans[1], plan: "other", product: "llm" };
    expect(planned(catalog, { plans: [other] })).toBe("plans[0].product archived");
  });

  test("nobody new takes an archived plan, or an add-on by itself", () => {
    const catalog = applied(emptyCatalog(), everythingWith("plans[0].archived", true));
    expect(planDetailsOf(catalog, { tenant, plan: "ai_developer" }).archived).toBe(true);
    const taking = (plan: string) => ({
      subscriptions: [{ customer: "holding", plan, start: "2023-11-20T00:00:00Z" }],
    });
    expect(planned(catalog, taking("ai_developer"))).toBe("subscriptions[0].plan archived");
    expect(planned(catalog, taking("support"))).toBe("subscriptions[0].plan is_an_add_on");
    const beside = (plan: string) => ({
      subscriptions: [
        { customer: "holding", plan, add_ons: ["ai_developer"], start: "2023-11-20T00:00:00Z" },
      ],
    });
    const open = applied(emptyCatalog(), {
      plans: [{ ...everything().plans[1], plan: "pro", add_on: false }],
    });
    const mixed = applied(open, everythingWith("plans[0].archived", true));
    expect(planned(mixed, beside("pro"))).toBe("subscriptions[0].add_ons[0].plan archived");
    // Who had it goes on.
    expect(planned(catalog, { subscriptions: everything().subscriptions })).toEqual([]);
  });

  test.each([
    ["products[0].nonsense", "x", "unknown_field"],
    ["products[0].tags", "x", "not_a_list"],
    ["products[0].product", "no spaces", "bad_name"],
    ["features[0].type", "flag", "not_an_option"],
    ["features[0].meter", "input_tokens", "not_of_type"],
    ["features[0].values", ["x"], "not_of_type"],
    ["features[3].meter", null, "missing"],
    ["features[3].meter", "nothing", "unknown_meter"],
    ["plans[0].product", "nothing", "unknown_product"],
    ["plans[0].add_on", "yes", "not_a_flag"],
    ["plans[0].entitlements[0].feature", "nothing", "unknown_feature"],
    ["plans[0].entitlements[0].feature", "tier", "duplicate"],
    ["plans[0].entitlements[0].value", "yes", "not_of_feature"],
    ["plans[0].entitlements[0].value", null, "missing"],
    ["plans[0].entitlements[1].value", "standard", "not_of_feature"],
    ["plans[0].entitlements[2].value", "-1", "not_of_feature"],
    ["plans[0].entitlements[2].value", true, "not_of_feature"],
    ["plans[0].entitlements[2].hard", true, "not_of_feature"],
    ["tax_rates[0].percent", "101", "out_of_range"],
    ["tax_rates[0].country", "Germany", "not_a_country"],
    ["coupons[0].percent_off", "0", "out_of_range"],
    ["coupons[0].amount_off", "5", "one_of_two"],
    ["coupons[0].periods", null, "missing"],
    ["coupons[0].currency", "USD", "not_of_percent"],
    ["coupons[0].redeem_by", "tomorrow", "not_a_time"],
    ["customers[1].entity", "nothing", "unknown_entity"],
    ["customers[1].parent", "nobody", "unknown_customer"],
    ["customers[0].parent", "cust-00", "circle"],
    ["customers[0].parent", "holding", "circle"],
    ["customers[0].tax_status", "free", "not_an_option"],
    ["customers[0].activated_at", "2023-11-20T00:00:00Z", "not_of_approval"],
    ["contracts[0].customer", "nobody", "unknown_customer"],
    ["contracts[0].signed_on", "2023-11-31", "not_a_day"],
    ["contracts[0].signed_on", null, "missing"],
    ["contracts[0].stance", "none", "not_an_option"],
    ["contracts[0].overrides[0].plan", "nothing", "unknown_plan"],
    ["contracts[0].overrides[0].price", "nothing", "unknown_price"],
    ["contracts[0].overrides[0].unit_amount", "-", "not_a_number"],
    ["contracts[0].overrides[0].tiers", [{}], "not_of_model"],
  ])("%s: %j is refused as %s", (path, value, reason) => {
    const answer = planned(emptyCatalog(), everythingWith(path, value));
    if (typeof answer !== "string") throw new Error("it is taken");
    expect(answer).toContain(` ${reason}`);
    const [field = ""] = answer.split(" ");
    // A repeat is told where the second one stands.
    if (reason !== "duplicate" && reason !== "one_of_two" && reason !== "circle")
      expect(path.startsWith(field) || field === path).toBe(true);
  });
});

describe("a customer's approval", () => {
  const customer = (fields: object) => ({ customers: [{ customer: "new", ...fields }] });
  const pending = () => applied(emptyCatalog(), customer({ approval: "pending" }));

  test("comes from now on unless it says from when", () => {
    expect(planned(pending(), customer({ approval: "approved" }), november + hour)).toMatchObject([
      { body: { approval: "approved", activated_at: "2023-11-20T13:00:00Z" } },
    ]);
    const then = { approval: "approved", activated_at: "2023-11-29T00:00:00Z" };
    expect(planned(pending(), customer(then))).toMatchObject([{ body: then }]);
  });

  test("stays as it is where a document does not speak of it", () => {
    expect(planned(pending(), customer({}))).toEqual([]);
    const approved = applied(pending(), customer({ approval: "approved" }));
    expect(planned(approved, customer({}))).toEqual([]);
    expect(planned(approved, customer({ approval: "approved" }), november + hour)).toEqual([]);
  });

  test("may be refused and given later, and is not taken back", () => {
    const refused = applied(pending(), customer({ approval: "refused" }));
    const approved = applied(refused, customer({ approval: "approved" }));
    for (const approval of ["pending", "refused"])
      expect(planned(approved, customer({ approval }))).toBe("customers[0].approval cannot_change");
    const later = { approval: "approved", activated_at: "2023-12-29T00:00:00Z" };
    expect(planned(approved, customer(later))).toBe("customers[0].activated_at cannot_change");
  });

  test("is not asked for of who is billed already", () => {
    const known = applied(emptyCatalog(), customer({}));
    const asking = planned(known, customer({ approval: "pending" }));
    expect(asking).toBe("customers[0].approval cannot_change");
  });
});

test("a subscription changes to nothing that is archived, and to no add-on", () => {
  const archived = everythingWith("plans[1].archived", true);
  const catalog = applied(emptyCatalog(), archived);
  const changed = (change: object) => {
    const faults = new Faults();
    const known = subscriptionOf(catalog, tenant, "cust-00:ai_developer");
    if (known === undefined) throw new Error("there is none");
    const asked = { now: november, actor: "key-1", tenant };
    changeFacts(catalog, known, { change, at: "now" }, asked, faults);
    return faultTexts(faults.list());
  };
  expect(changed({ add_ons: [{ plan: "support", quantity: "1" }] })).toBe(
    "add_ons[0].plan archived",
  );
  expect(changed({ plan: "support" })).toBe("plan archived");
  expect(changed({ quantity: "2" })).toBe("");
});
