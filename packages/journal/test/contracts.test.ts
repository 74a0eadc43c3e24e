import type { CatalogFact, ObjectBody } from "@tallybook/catalog";
import type { TransactionPosted } from "@tallybook/journal";
import {
  at,
  customer,
  fee,
  perUnit,
  plan,
  row,
  settings,
  subscription,
  system,
} from "@tallybook/testkit/facts";
import { expect, test } from "vitest";

import { newWorld, type World } from "./world.ts";

/** What acme has signed, as a reader of documents would have written it. */
function contract(version: number, from: string, fields: ObjectBody = {}): CatalogFact {
  const usual = {
    name: "acme-2023",
    customer: "acme",
    signed_on: "2023-10-30",
    ends_at: null,
    overrides: [],
    stance: "bundled",
    token_basis: "provider_count",
    price_changes: "follow",
    corrections: "next_invoice",
    metadata: {},
  };
  return {
    kind: "ObjectRevised",
    ...system,
    effective_at: at(from),
    collection: "contracts",
    id: "acme-2023",
    version,
    archived: false,
    body: { ...usual, ...fields },
  };
}

const cheaper = {
  overrides: [
    {
      plan: "pro",
      price: "calls",
      description: null,
      model: "per_unit",
      unit_amount: "0.5",
      per: "1",
    },
  ],
};

function vendor(): World {
  const world = newWorld();
  world.tell(settings(), plan("pro", [fee("monthly", "20"), perUnit("calls", "calls", "1")]));
  for (const name of ["acme", "other"])
    world.tell(customer(name), subscription(name, name, "pro", "2023-11-01T00:00:00Z"));
  return world;
}

/** Kind, customer, what was posted, and the contract that it was posted under. */
function lines(posted: readonly TransactionPosted[]): string[] {
  return posted.map(({ transaction_kind, evidence }) => {
    const { customer: of, price, shares, contract: name, contract_version } = evidence;
    const amount = shares.map((share) => share.amount).join("+") || "0";
    return [transaction_kind, of, price, amount, name, contract_version].join(" ").trimEnd();
  });
}

test("a contract prices its customer's periods from when it holds, and is evidence of each line", () => {
  const world = vendor();
  world.tell(contract(1, "2023-12-01T00:00:00Z", cheaper));
  for (const of of ["acme", "other"])
    world.use(row(1, of, "calls", "2023-11-05", "10"), row(2, of, "calls", "2023-12-05", "10"));
  expect(lines(world.step(1, "2023-12-01T01:00:00Z"))).toEqual([
    "fee acme monthly 20",
    "fee other monthly 20",
    "usage acme calls 10",
    "usage other calls 10",
  ]);
  expect(lines(world.step(2, "2024-01-01T01:00:00Z"))).toEqual([
    "fee acme monthly 20 acme-2023 1",
    "fee other monthly 20",
    "usage acme calls 5 acme-2023 1",
    "usage other calls 10",
  ]);
});

test("a fee that a contract wants in advance is posted when its period begins", () => {
  const world = vendor();
  const overrides = [
    {
      plan: "pro",
      price: "monthly",
      description: null,
      model: "flat",
      amount: "15",
      payment_term: "in_advance",
    },
  ];
  world.tell(contract(1, "2023-12-01T00:00:00Z", { overrides }));
  expect(lines(world.step(1, "2023-12-01T01:00:00Z"))).toEqual([
    "fee acme monthly 20",
    "fee acme monthly 15 acme-2023 1",
    "fee other monthly 20",
    "usage acme calls 0",
    "usage other calls 0",
  ]);
  // What was posted is not posted again.
  expect(lines(world.step(2, "2024-01-01T01:00:00Z")).slice(0, 3)).toEqual([
    "fee acme monthly 0 acme-2023 1",
    "fee acme monthly 15 acme-2023 1",
    "fee other monthly 20",
  ]);
});

test("late usage goes by the version that the period was rated by, whatever came after it", () => {
  const world = vendor();
  world.tell(contract(1, "2023-11-01T00:00:00Z", cheaper));
  world.use(row(1, "acme", "calls", "2023-11-05", "10"));
  world.step(1, "2023-12-01T01:00:00Z");
  // Nobody could publish it so any more: it is known of a time that has been billed.
  world.tell(contract(2, "2023-11-01T00:00:00Z"));
  world.use(row(2, "acme", "calls", "2023-11-06", "4"));
  expect(lines(world.step(2, "2023-12-02T00:00:00Z"))).toEqual([
    "adjustment acme calls 2 acme-2023 1",
  ]);
});
