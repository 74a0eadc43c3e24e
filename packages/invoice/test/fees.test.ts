import { emptyCatalog } from "@tallybook/catalog";
import { draftLines } from "@tallybook/invoice";
import { unrated } from "@tallybook/journal";
import type { Evidence, TransactionPosted } from "@tallybook/journal";
import { expect, test } from "vitest";

const part = { whole_from: 0, whole_to: 31, proration: "by_second" } as const;

function fee(evidence: Partial<Evidence>): TransactionPosted {
  return {
    kind: "TransactionPosted",
    seq: 0,
    previous: new Uint8Array(),
    hash: new Uint8Array(),
    id: "fee",
    step: 0,
    tenant: "default",
    transaction_kind: "fee",
    cause: "fee",
    revision: 0,
    date: 0,
    currency: "USD",
    postings: [],
    adjusts: null,
    evidence: {
      ...unrated,
      cut: 0,
      catalog_offset: 0,
      customer: "acme",
      subscription: "s1",
      contract: null,
      contract_version: null,
      plan: "dev",
      plan_version: 1,
      price: "base",
      period_from: 0,
      period_to: 31,
      quantity: "1",
      amount: "31",
      shares: [{ dimensions: {}, quantity: "1", amount: "31" }],
      ...evidence,
    },
  };
}

const difference = (amount: string) => [{ dimensions: {}, quantity: "0", amount }];

test.each<[string, Partial<Evidence>, string[]]>([
  ["a whole one", {}, ["base"]],
  [
    "one of some days",
    { amount: "10", part: { ...part, numerator: "10", denominator: "31" } },
    ["base, 10/31 of a period"],
  ],
  [
    "one of some seconds",
    { part: { ...part, numerator: "40163", denominator: "74400" } },
    ["base, 53.9825 % of a period"],
  ],
  ["one that is not prorated", { part: { ...part, numerator: "1", denominator: "1" } }, ["base"]],
  ["one that was charged in advance", { shares: difference("0") }, []],
  [
    "one of which a part was charged too much",
    {
      amount: "10",
      part: { ...part, numerator: "10", denominator: "31" },
      shares: difference("-21"),
    },
    ["base, 10/31 of a period, less what was charged in advance"],
  ],
  [
    "one of a period that never came",
    { amount: "0", in_advance: true, shares: difference("-31") },
    ["base, taken back: there is no such period"],
  ],
])("the line of a fee says what is owed: %s", (_, evidence, expected) => {
  const lines = draftLines([fee(evidence)], emptyCatalog());
  expect(lines.map(({ description }) => description)).toEqual(expected);
});
