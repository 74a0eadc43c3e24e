import { inOlderForm, transactionBytes } from "@tallybook/journal";
import type { Price } from "@tallybook/catalog";
import {
  customer,
  fee,
  matrix,
  plan,
  row,
  settings,
  subscription,
  tiered,
} from "@tallybook/testkit/facts";
import { describe, expect, test } from "vitest";

import { newWorld } from "./world.ts";

const monthly = fee("monthly", "20");
const input = tiered("graduated", "input", "tokens", [
  ["1000000", "0.50"],
  ["10000000", "0.30"],
]);
const cells = matrix("cells", "cells", ["model"], [[["large"], "3"]], "1");

function posted(price: Price) {
  const world = newWorld();
  world.tell(
    settings(0),
    customer("acme"),
    plan("dev", [monthly, input, cells]),
    subscription("s1", "acme", "dev", "2023-11-01"),
  );
  world.use(
    row(0, "acme", "tokens", "2023-11-16T10:00", "1500000"),
    row(0, "acme", "cells", "2023-11-16T10:00", "5", { model: "large" }),
    row(0, "acme", "cells", "2023-11-16T10:00", "-4", { model: "odd" }),
  );
  const found = world
    .step(0, "2023-12-01T01:00")
    .find((each) => each.evidence.price === price.price);
  if (found === undefined) throw new Error(`nothing posted for ${price.price}`);
  return inOlderForm(found, price);
}

// As the journal held them before evidence had explanations.
describe("a transaction in its older form", () => {
  test("has the tiers of its quantity", () => {
    expect(posted(input).evidence).toMatchObject({
      explanation: null,
      rows: [],
      tiers: [
        {
          from: "0",
          up_to: "1000000",
          quantity: "1000000",
          unit_amount: "0.5",
          flat_amount: "0",
          amount: "0.5",
        },
        {
          from: "1000000",
          up_to: null,
          quantity: "500000",
          unit_amount: "0.3",
          flat_amount: "0",
          amount: "0.15",
        },
      ],
    });
  });

  test("has the rows of a matrix, those that owe nothing too", () => {
    expect(posted(cells).evidence).toMatchObject({
      tiers: [],
      rows: [
        {
          dimensions: { model: "large" },
          is_default: false,
          quantity: "5",
          unit_amount: "3",
          per: "3",
          amount: "5",
        },
        {
          dimensions: { model: "odd" },
          is_default: true,
          quantity: "-4",
          unit_amount: "1",
          per: "3",
          amount: "0",
        },
      ],
    });
  });

  test("has neither for a fee, and no trace of an explanation in its bytes", () => {
    const { evidence, ...transaction } = posted(monthly);
    expect([evidence.tiers, evidence.rows]).toEqual([[], []]);
    expect(transactionBytes({ ...transaction, evidence }).toString()).not.toContain("explanation");
  });
});
