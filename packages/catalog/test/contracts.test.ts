import { billedPlan, type Catalog, emptyCatalog, planByVersion } from "@tallybook/catalog";
import { describe, expect, test } from "vitest";
import { aiPlatform, applied, at, november, planned, tenant } from "./documents.ts";

const signed = {
  contract: "acme-2023",
  customer: "cust-00",
  signed_on: "2023-11-14",
  effective_at: "2023-12-01T00:00:00Z",
  overrides: [
    { plan: "ai_developer", price: "images", model: "per_unit", unit_amount: "0.03" },
    { plan: "ai_developer", price: "monthly", model: "flat", amount: "15", description: "Fee" },
  ],
};

const platform = () => applied(emptyCatalog(), aiPlatform());

function withContract(fields: object = {}, now = november): Catalog {
  return applied(platform(), { contracts: [{ ...signed, ...fields }] }, now);
}

/** Contract, version, plan's version and the amounts of two prices, of a period that begins on a day. */
function billed(catalog: Catalog, day: string, customer = "cust-00"): string {
  const of = { customer, plan: "ai_developer" };
  const found = billedPlan(catalog, tenant, of, at(`${day}T00:00:00Z`));
  if (found === undefined) return "nothing";
  const { plan, contract, contract_version } = found;
  const amounts = plan.prices.flatMap(({ price, charge }) => {
    if (charge.model === "flat") return [`${price} ${charge.amount}`];
    return charge.model === "per_unit" ? [`${price} ${charge.unit_amount}`] : [];
  });
  return [contract, contract_version, `v${plan.version}`, ...amounts].join(" ");
}

describe("a contract", () => {
  test("has its own prices from when it holds, for its customer", () => {
    const catalog = withContract();
    expect(billed(catalog, "2023-11-01")).toBe("  v1 monthly 20 images 0.04");
    expect(billed(catalog, "2023-12-01")).toBe("acme-2023 1 v1 monthly 15 images 0.03");
    expect(billed(catalog, "2023-12-01", "another")).toBe("  v1 monthly 20 images 0.04");
  });

  test("leaves the meter and, unless it says another, the description as the plan has them", () => {
    const of = { customer: "cust-00", plan: "ai_developer" };
    const { plan } = billedPlan(withContract(), tenant, of, at("2023-12-01T00:00:00Z")) ?? {};
    const published = planByVersion(withContract(), tenant, "ai_developer", 1);
    expect(plan?.prices.map(({ meter }) => meter)).toEqual(
      published?.prices.map(({ meter }) => meter),
    );
    expect(plan?.prices.map(({ description }) => description)).toEqual(["Fee", "input", "images"]);
  });

  test("has numbered versions, each from its time on", () => {
    const second = { overrides: [], effective_at: "2024-02-01T00:00:00Z" };
    const catalog = applied(withContract(), { contracts: [{ ...signed, ...second }] });
    expect(billed(catalog, "2024-01-01")).toBe("acme-2023 1 v1 monthly 15 images 0.03");
    expect(billed(catalog, "2024-02-01")).toBe("acme-2023 2 v1 monthly 20 images 0.04");
  });

  test("ends when it says, or when it is archived", () => {
    const ending = withContract({ ends_at: "2024-02-01T00:00:00Z" });
    expect(billed(ending, "2024-01-31")).toContain("acme-2023 1");
    expect(billed(ending, "2024-02-01")).toBe("  v1 monthly 20 images 0.04");
    const archived = { ...signed, archived: true, effective_at: "2024-01-01T00:00:00Z" };
    const after = applied(withContract(), { contracts: [archived] });
    expect(billed(after, "2023-12-01")).toContain("acme-2023 1");
    expect(billed(after, "2024-01-01")).toBe("  v1 monthly 20 images 0.04");
  });

  test.each([
    ["follow", "acme-2023 1 v2 monthly 15 images 0.03"],
    ["frozen", "acme-2023 1 v1 monthly 15 images 0.03"],
  ])("with prices that %s the plan's", (price_changes, expected) => {
    const changed = aiPlatform();
    Object.assign(changed.plans[0]?.prices[1]?.tiers?.[0] ?? {}, { unit_amount: "0.60" });
    const catalog = applied(withContract({ price_changes }), changed, at("2023-12-20T00:00:00Z"));
    expect(billed(catalog, "2024-01-01")).toBe(expected);
  });

  test("is not changed into another customer's", () => {
    const catalog = withContract();
    const other = {
      contracts: [{ ...signed, customer: "cust-01" }],
      customers: [{ customer: "cust-01" }],
    };
    expect(planned(catalog, other)).toBe("contracts[0].customer cannot_change");
  });

  test("is the only one that a customer has at a time", () => {
    const second = { ...signed, contract: "second", effective_at: "2024-01-01T00:00:00Z" };
    const both = planned(withContract(), { contracts: [second] });
    expect(both).toBe("contracts[0].customer has_a_contract");
    const first = withContract({ ends_at: "2024-01-01T00:00:00Z" });
    const after = applied(first, { contracts: [second] });
    expect(billed(after, "2023-12-31")).toContain("acme-2023");
    expect(billed(after, "2024-01-01")).toContain("second");
  });

  test("does not reach back into a period that may be billed", () => {
    // In December, with November closed.
    const now = at("2023-12-10T00:00:00Z");
    const from = (effective_at: string) =>
      planned(platform(), { contracts: [{ ...signed, effective_at }] }, now);
    expect(from("2023-11-01T00:00:00Z")).toBe("contracts[0].effective_at closed_period");
    // November goes by what was in force when it began.
    expect(from("2023-11-02T00:00:00Z")).toMatchObject([{ kind: "ObjectRevised" }]);
    expect(from("2023-12-01T00:00:00Z")).toMatchObject([{ kind: "ObjectRevised" }]);
  });

  test("prices what the plan prices, by charges that its meter can have", () => {
    const by = (override: object) =>
      planned(platform(), {
        contracts: [{ ...signed, overrides: [{ plan: "ai_developer", ...override }] }],
      });
    expect(by({ price: "images", model: "flat", amount: "5" })).toBe(
      "contracts[0].overrides[0].model not_of_price",
    );
    const matrix = {
      model: "matrix",
      dimensions: ["region"],
      rows: [{ dimensions: { region: "eu" }, unit_amount: "1" }],
    };
    expect(by({ price: "input", ...matrix })).toBe(
      "contracts[0].overrides[0].dimensions[0] unknown_dimension",
    );
  });
});
