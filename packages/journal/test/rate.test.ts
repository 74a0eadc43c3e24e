import { journalText } from "@tallybook/journal";
import {
  at,
  customer,
  fee,
  perUnit,
  plan,
  row,
  settings,
  subscription,
  tiered,
} from "@tallybook/testkit/facts";
import { describe, expect, test } from "vitest";

import { newWorld } from "./world.ts";
import type { World } from "./world.ts";

function developer(): World {
  const world = newWorld();
  world.tell(
    settings(3_600),
    customer("acme"),
    plan("dev", [
      fee("monthly", "20"),
      tiered("graduated", "input", "tokens", [
        ["1000000", "0.50"],
        ["10000000", "0.30"],
      ]),
    ]),
    subscription("s1", "acme", "dev", "2023-11-01"),
  );
  return world;
}

describe("a period is rated once it is over", () => {
  test("nothing is posted before the end and the grace", () => {
    const world = developer();
    world.use(row(1, "acme", "tokens", "2023-11-16T10:00", "5"));
    expect(world.step(0, "2023-11-30")).toEqual([]);
    expect(world.step(1, "2023-12-01T00:59")).toEqual([]);
  });

  test("the fee and each price are posted, tiers over the total of all models", () => {
    const world = developer();
    world.use(
      row(0, "acme", "tokens", "2023-11-16T10:00", "600000", { model: "conv" }),
      row(0, "acme", "tokens", "2023-11-16T11:00", "600000", { model: "conv" }),
      row(0, "acme", "tokens", "2023-11-30T23:00", "300000", { model: "code" }),
    );
    const posted = world.step(0, "2023-12-01T01:00");
    expect(`\n${journalText(posted)}\n`).toBe(`
2023-12-01  fee default/s1/2023-11-01T00:00:00Z/monthly  assets:receivable:acme     20 USD
                                                         income:fees:dev           -20 USD
2023-12-01  usage default/s1/2023-11-01T00:00:00Z/input  assets:receivable:acme   0.65 USD
                                                         income:usage:dev:input  -0.65 USD
`);
    expect(posted[1]?.evidence).toMatchObject({
      cut: 0,
      catalog_offset: 4,
      quantity: "1500000",
      amount: "0.65",
      tiers: [],
      explanation: {
        of: "quantity",
        amount: "0.65",
        steps: [
          { from: "0", up_to: "1000000", quantity: "1000000", amount: "0.5" },
          { from: "1000000", up_to: null, quantity: "500000", amount: "0.15" },
        ],
      },
      shares: [
        { dimensions: { model: "code" }, quantity: "300000", amount: "0.13" },
        { dimensions: { model: "conv" }, quantity: "1200000", amount: "0.52" },
      ],
    });
  });

  test("a period without usage is posted too, so that what comes later is late", () => {
    const world = developer();
    expect(world.step(0, "2023-12-02").map(({ transaction_kind: kind }) => kind)).toEqual([
      "fee",
      "usage",
    ]);
    expect(world.step(1, "2023-12-03")).toEqual([]);
  });

  test("what happened at midnight of the first belongs to the new month", () => {
    const world = developer();
    world.use(row(0, "acme", "tokens", "2023-12-01T00:00", "1000000"));
    const [, usage] = world.step(0, "2023-12-02");
    expect(usage?.evidence.quantity).toBe("0");
  });

  test("a price published later does not change a rated period, but the next one", () => {
    const world = developer();
    world.step(0, "2023-12-02");
    world.tell(
      plan("dev", [fee("monthly", "99"), perUnit("input", "tokens", "7")], 2, at("2023-12-15")),
    );
    world.use(row(1, "acme", "tokens", "2023-11-20", "1000000"));
    expect(world.step(1, "2023-12-20").map(({ evidence }) => evidence.amount)).toEqual(["0.5"]);
    expect(world.step(2, "2024-01-02")[0]?.postings[0]?.amount).toBe("20");
    expect(world.step(3, "2024-02-02")[0]?.postings[0]?.amount).toBe("99");
  });
});

describe("late usage", () => {
  test("is posted as the difference, and names what it adjusts", () => {
    const world = developer();
    world.use(row(0, "acme", "tokens", "2023-11-16", "900000", { model: "conv" }));
    const [, usage] = world.step(0, "2023-12-02");
    world.use(row(1, "acme", "tokens", "2023-11-17", "300000", { model: "code" }));
    const late = world.step(1, "2023-12-03");
    expect(`\n${journalText(late)}\n`).toBe(`
2023-12-03  adjustment default/s1/2023-11-01T00:00:00Z/input  assets:receivable:acme   0.11 USD
                                                              income:usage:dev:input  -0.11 USD
`);
    expect(late[0]?.adjusts).toBe(usage?.id);
    expect(late[0]?.evidence).toMatchObject({
      cut: 1,
      catalog_offset: 4,
      quantity: "1200000",
      amount: "0.56",
      shares: [
        { dimensions: { model: "code" }, quantity: "300000", amount: "0.14" },
        { dimensions: { model: "conv" }, quantity: "0", amount: "-0.03" },
      ],
    });
  });

  test("that costs nothing is still posted, so that its quantity is not lost", () => {
    const world = newWorld();
    world.tell(
      settings(0),
      customer("acme"),
      plan("free", [perUnit("input", "tokens", "0")]),
      subscription("s1", "acme", "free", "2023-11-01"),
    );
    world.step(0, "2023-12-02");
    world.use(row(1, "acme", "tokens", "2023-11-17", "3"));
    const [late] = world.step(1, "2023-12-03");
    expect(late?.evidence.shares).toEqual([{ dimensions: {}, quantity: "3", amount: "0" }]);
    expect(late?.postings.map(({ amount }) => amount)).toEqual(["0", "0"]);
  });

  test("is not taken twice when another step of the same cut follows", () => {
    const world = developer();
    world.step(0, "2023-12-02");
    world.use(row(1, "acme", "tokens", "2023-11-17", "3"));
    expect(world.step(1, "2023-12-03")).toHaveLength(1);
    expect(world.step(1, "2023-12-03")).toHaveLength(0);
  });
});

describe("whose usage it is", () => {
  function two(): World {
    const world = developer();
    world.tell(
      plan("images", [perUnit("images", "images", "0.04")]),
      subscription("s2", "acme", "images", "2023-11-01"),
      subscription("s3", "acme", "dev", "2023-12-01"),
      customer("other"),
    );
    return world;
  }
  function billed(world: World): Record<string, string> {
    const posted = world.step(0, "2024-01-02");
    return Object.fromEntries(
      posted
        .filter(({ evidence }) => evidence.meter !== null && evidence.quantity !== "0")
        .map(({ evidence }) => [`${evidence.subscription} ${evidence.price}`, evidence.quantity]),
    );
  }

  test("unnamed usage goes to the only active subscription that prices the meter", () => {
    const world = two();
    world.use(
      row(0, "acme", "tokens", "2023-11-16", "5"),
      row(0, "acme", "images", "2023-11-16", "2"),
    );
    expect(billed(world)).toEqual({ "s1 input": "5", "s2 images": "2" });
  });

  test("of two that price it none gets unnamed usage, and each gets what names it", () => {
    const world = two();
    world.use(
      row(0, "acme", "tokens", "2023-12-16", "5"),
      row(0, "acme/s1", "tokens", "2023-12-16", "6"),
      row(0, "acme/s3", "tokens", "2023-12-16", "7"),
    );
    expect(billed(world)).toEqual({ "s1 input": "6", "s3 input": "7" });
  });

  test("nobody pays for usage of a stranger, of a meter without a price, or from before the start", () => {
    const world = two();
    world.use(
      row(0, "nobody", "tokens", "2023-11-16", "5"),
      row(0, "other/s1", "tokens", "2023-11-16", "5"),
      row(0, "acme", "audio", "2023-11-16", "5"),
      row(0, "acme/s3", "tokens", "2023-11-16", "5"),
    );
    expect(billed(world)).toEqual({});
  });

  test("a subscription made in retrospect takes nothing that another one was billed for", () => {
    const world = developer();
    world.use(row(0, "acme", "tokens", "2023-11-16", "1000000"));
    world.step(0, "2023-12-02");
    world.tell(
      {
        kind: "SubscriptionEnded",
        tenant: "default",
        recorded_at: 0,
        actor: "system",
        effective_at: 0,
        subscription: "s1",
        end: at("2023-11-01"),
      },
      subscription("s2", "acme", "dev", "2023-11-01", "2023-12-01"),
    );
    world.use(row(1, "acme", "tokens", "2023-11-17", "1000000"));
    const posted = world.step(1, "2023-12-03");
    expect(
      posted.map(
        ({ transaction_kind: kind, evidence }) =>
          `${kind} ${evidence.subscription} ${evidence.quantity}`,
      ),
    ).toEqual(["fee s2 1", "usage s2 0", "adjustment s1 2000000"]);
  });
});

describe("a charge that cannot be rated", () => {
  test("is parked with its reason, and everything else is billed", () => {
    const world = newWorld();
    world.tell(
      settings(0),
      customer("acme"),
      plan("dev", [fee("monthly", "20"), perUnit("gold", "tokens", "900000000000000")]),
      subscription("s1", "acme", "dev", "2023-11-01"),
    );
    world.use(row(0, "acme", "tokens", "2023-11-16", "900000000000000000"));
    const posted = world.step(0, "2023-12-02");
    expect(posted.map(({ transaction_kind: kind }) => kind)).toEqual(["fee"]);
    expect(world.parked).toMatchObject([{ subscription: "s1", price: "gold", meter: "tokens" }]);
    expect(world.parked[0]?.reason).toContain("must stay below");
  });
});

describe("the rounding of an invoice", () => {
  const invoice = {
    invoice: "ab12",
    tenant: "default",
    customer: "acme",
    subscription: "s1",
    plan: "dev",
    plan_version: 1,
    period_from: at("2023-11-01"),
    period_to: at("2023-12-01"),
    currency: "USD",
    taxes: [],
  };

  test("of taxes is besides, for each jurisdiction: asked of the customer, or taken from income where prices held it", () => {
    const world = developer();
    world.step(0, "2023-11-02");
    const tax = {
      tax_rate: "vat",
      tax_rate_version: 1,
      jurisdiction: "DE",
      percent: "19",
      base: "10",
      exact: "1.9",
      amount: "190",
    };
    const taxed = {
      ...invoice,
      rounding: "0.005",
      taxes: [
        { ...tax, inclusive: false },
        { ...tax, jurisdiction: "US-CA", inclusive: true, amount: "-7" },
        { ...tax, inclusive: false, amount: "0" },
      ],
    };
    expect(`\n${journalText(world.step(0, "2023-11-02", [taxed]))}\n`).toBe(`
2023-11-02  rounding default/ab12   assets:receivable:acme      0.005 USD
                                    income:rounding            -0.005 USD
2023-11-02  tax default/ab12/tax/0  assets:receivable:acme        1.9 USD
                                    liabilities:tax:DE           -1.9 USD
2023-11-02  tax default/ab12/tax/1  income:tax-included:US-CA   -0.07 USD
                                    liabilities:tax:US-CA        0.07 USD
`);
    expect(world.step(0, "2023-11-02", [taxed])).toEqual([]);
  });

  test("is posted once, and not at all where there is none", () => {
    const world = developer();
    world.step(0, "2023-11-02");
    const posted = world.step(0, "2023-11-02", [
      { ...invoice, rounding: "-0.0049" },
      { ...invoice, invoice: "cd34", rounding: "0" },
    ]);
    expect(`\n${journalText(posted)}\n`).toBe(`
2023-11-02  rounding default/ab12  assets:receivable:acme  -0.0049 USD
                                   income:rounding          0.0049 USD
`);
    expect(world.step(0, "2023-11-02", [{ ...invoice, rounding: "-0.0049" }])).toEqual([]);
  });
});
