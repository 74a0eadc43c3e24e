import { rerate, UnprovenColumns } from "@tallybook/audit";
import type { Rerated, RerateOptions } from "@tallybook/audit";
import type { PlanPublished } from "@tallybook/catalog";
import { at, calendarOf, subscription } from "@tallybook/testkit/facts";
import { describe, expect, test } from "vitest";

import { keepBooks, usualTerms } from "./bookkeeper.ts";
import type { Office, Tamper, Terms } from "./bookkeeper.ts";
import { otherTerms } from "./terms.ts";

const november = { from: at("2023-11-01"), to: at("2023-12-01") };
const always = { from: 0, to: at("2100-01-01") };

async function again(
  { log, columns }: Office,
  options: Partial<RerateOptions> = {},
): Promise<Rerated> {
  const proven = { ...columns, proveParts: async () => ({ ok: true }) as const };
  return rerate({ log, columns: proven, period: november, ...options });
}

/** As if the code, or somebody, had changed what the plan says since. */
function withPlan(change: (plan: PlanPublished) => PlanPublished): Tamper {
  return (fact) => (fact.kind === "PlanPublished" ? change(fact) : fact);
}

/** The first tier of the price, of another unit amount or up to somewhere else. */
function withFirstTier(tier: object): Tamper {
  return withPlan((plan) => ({
    ...plan,
    prices: plan.prices.map((price) =>
      price.charge.model === "graduated"
        ? {
            ...price,
            charge: {
              ...price.charge,
              tiers: price.charge.tiers.map((each, index) =>
                index === 0 ? { ...each, ...tier } : each,
              ),
            },
          }
        : price,
    ),
  }));
}

function told({ differences }: Rerated): string {
  const lines = differences.map(({ kind, price, transaction, posted, again: now, causes }) =>
    [kind, price, transaction.kind, posted, now, causes.join("+")].join(" "),
  );
  return `\n${lines.join("\n")}\n`;
}

describe("a period rated again", () => {
  test.each([usualTerms, ...otherTerms])(
    "comes to what was posted, with late usage and roundings: $meter.aggregation",
    async (terms: Terms) => {
      const rerated = await again(await keepBooks(undefined, terms), { period: always });
      expect(rerated.differences).toEqual([]);
      expect(rerated.transactions).toBeGreaterThan(1);
      expect(rerated.totals).toMatchObject([{ tenant: "default", difference: "0" }]);
    },
  );

  test("shows where one tier has another price, to the last number", async () => {
    const rerated = await again(await keepBooks(withFirstTier({ unit_amount: "0.6" })));
    expect(told(rerated)).toBe(`
differs input usage 0.4666665 0.5599998 price
differs input adjustment 0.2466665 0.2533332 price
`);
    expect(rerated.differences[0]?.compared).toContainEqual({
      step: "tier 0 to 1000000",
      what: "unit amount",
      billed: "0.5 per 1000000",
      recomputed: "0.6 per 1000000",
      equal: false,
    });
  });

  test("tells a tier that ends elsewhere from a price", async () => {
    const rerated = await again(await keepBooks(withFirstTier({ up_to: "500000" })));
    expect(rerated.differences.map(({ causes }) => causes)).toEqual([["tier"], ["tier"]]);
  });

  test("names the quantity where a row of the columns is gone", async () => {
    const books = await keepBooks();
    books.rows.splice(
      books.rows.findIndex(({ quantity }) => quantity === "333333"),
      1,
    );
    const rerated = await again(books);
    expect(told(rerated)).toBe(`
differs input usage 0.4666665 0.3 quantity
differs input adjustment 0.2466665 0.3133331 quantity
`);
    expect(rerated.totals[0]?.difference).toBe("-0.0999999");
  });

  test("lists what is not rated any more, and what would be posted besides", async () => {
    const gone = await again(
      await keepBooks(withPlan((plan) => ({ ...plan, prices: plan.prices.slice(1) }))),
    );
    expect(gone.differences.map(({ kind, price }) => [kind, price])).toEqual([
      ["not_rated", "monthly"],
    ]);
    const setup = {
      price: "setup",
      meter: null,
      charge: { model: "flat", amount: "7", payment_term: "in_arrears" },
      description: "",
    } as const;
    const more = await again(
      await keepBooks(withPlan((plan) => ({ ...plan, prices: [...plan.prices, setup] }))),
    );
    expect(told(more)).toBe(`
not_posted setup fee  7 
`);
  });

  test("says what is still to be posted where the journal left late usage out", async () => {
    const daily = subscription("s1", "acme", "dev", "2023-11-01", null, calendarOf("day", "UTC"));
    const books = await keepBooks(undefined, { ...usualTerms, subscriptions: [daily] });
    const [row] = books.rows;
    // In the columns since the last cut, and in no step: as if that had never seen it.
    if (row !== undefined) books.rows.push({ ...row, slot: at("2023-11-10T12:00"), cut: 2 });
    const period = { from: at("2023-11-10"), to: at("2023-11-11") };
    const rerated = await again(books, { period });
    expect(told(rerated)).toBe(`
not_posted input adjustment  0.3 
`);
    expect(rerated.totals[0]).toMatchObject({ posted: "20", again: "20.3", difference: "0.3" });
  });

  test("of one customer or another month leaves the rest alone", async () => {
    const books = await keepBooks(withFirstTier({ unit_amount: "0.6" }));
    const other = await again(books, { customer: "nobody" });
    expect([other.transactions, other.differences]).toEqual([0, []]);
    const own = await again(books, { tenant: "default", customer: "acme" });
    expect(own.differences).toHaveLength(2);
    const december = { from: at("2023-12-01"), to: at("2024-01-01") };
    expect((await again(books, { period: december })).differences).toEqual([]);
  });

  test("is refused by columns that do not hold what was compared", async () => {
    const { log, columns } = await keepBooks();
    const doctored = {
      ...columns,
      proveParts: async () => ({ ok: false, differences: ["part 1/0"] }) as const,
    };
    await expect(rerate({ log, columns: doctored, period: november })).rejects.toThrow(
      UnprovenColumns,
    );
  });
});
