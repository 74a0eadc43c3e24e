import {
  balance,
  chainHash,
  escapeName,
  genesisHash,
  transactionBytes,
  transactionId,
  Unbalanced,
  unescapeName,
} from "@tallybook/journal";
import type { Transaction } from "@tallybook/journal";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const transaction: Transaction = {
  id: transactionId("usage", "default/s1/2023-11-01T00:00:00Z/input", 7),
  tenant: "default",
  transaction_kind: "usage",
  cause: "default/s1/2023-11-01T00:00:00Z/input",
  revision: 7,
  date: 1_701_392_400_000_000,
  currency: "USD",
  postings: [
    { account: "assets:receivable:acme", amount: "0.65" },
    { account: "income:usage:dev:input", amount: "-0.65" },
  ],
  adjusts: null,
  evidence: {
    cut: 7,
    catalog_offset: 12,
    customer: "acme",
    subscription: "s1",
    contract: null,
    contract_version: null,
    plan: "dev",
    plan_version: 1,
    price: "input",
    meter: "tokens",
    meter_version: 1,
    period_from: 1_698_796_800_000_000,
    period_to: 1_701_388_800_000_000,
    quantity: "1500000",
    amount: "0.65",
    tiers: [
      {
        from: "0",
        up_to: null,
        quantity: "1500000",
        unit_amount: "0.5",
        flat_amount: "0",
        amount: "0.65",
      },
    ],
    shares: [
      { dimensions: { model: "conv", "10": "x", "2": "é" }, quantity: "1500000", amount: "0.65" },
    ],
    invoice: null,
    rows: [],
    made_of: [],
    part: null,
    in_advance: false,
    covered: "nothing",
    explanation: null,
    discount: null,
    settles: [],
    written_off: null,
    backfills: [],
    tax: null,
  },
};

describe("what a transaction is, is frozen", () => {
  test("its canonical bytes", () => {
    expect(transactionBytes(transaction).toString()).toBe(
      '{"adjusts":null,"cause":"default/s1/2023-11-01T00:00:00Z/input","currency":"USD","date":1701392400000000,' +
        '"evidence":{"amount":"0.65","catalog_offset":12,"contract":null,"contract_version":null,"customer":"acme",' +
        '"cut":7,"invoice":null,"meter":"tokens","meter_version":1,"period_from":1698796800000000,' +
        '"period_to":1701388800000000,"plan":"dev","plan_version":1,"price":"input","quantity":"1500000",' +
        '"shares":[{"amount":"0.65","dimensions":{"10":"x","2":"é","model":"conv"},"quantity":"1500000"}],' +
        '"subscription":"s1","tiers":[{"amount":"0.65","flat_amount":"0","from":"0","quantity":"1500000",' +
        '"unit_amount":"0.5","up_to":null}]},"id":"37a95d5143447fe1b1346375a8eb846e51f0fc0b9dd855d7ad7395efc2305b70","postings":[{"account":"assets:receivable:acme","amount":"0.65"},' +
        '{"account":"income:usage:dev:input","amount":"-0.65"}],"revision":7,"tenant":"default","transaction_kind":"usage"}',
    );
  });

  test("its id and its hash", () => {
    expect(transaction.id).toBe("37a95d5143447fe1b1346375a8eb846e51f0fc0b9dd855d7ad7395efc2305b70");
    expect(Buffer.from(chainHash(genesisHash, transaction)).toString("hex")).toBe(
      "72ef9361b1d7da017ffb48256a14593a7e970463d4c7ff0a4f5a7d93c16e491f",
    );
  });

  test("the id tells kind, cause and revision apart", () => {
    const ids = [
      transactionId("fee", "a", 11),
      transactionId("fee", "a1", 1),
      transactionId("usage", "a", 11),
    ];
    expect(new Set(ids).size).toBe(3);
  });
});

describe("postings", () => {
  test("that do not sum to zero are refused, with the difference", () => {
    expect(() =>
      balance([
        { account: "a", amount: "1" },
        { account: "b", amount: "-0.999999999999999999999999" },
      ]),
    ).toThrow(new Unbalanced("0.000000000000000000000001", ["a", "b"]));
  });
});

describe("a name in an account", () => {
  test("keeps what reads well, and nothing that an account file would misread", () => {
    expect(escapeName("Zoë & Söhne: 100%\n;x")).toBe("Zoë%20&%20Söhne%3A%20100%25%0A;x");
  });

  test("can be read back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        expect(escapeName(name)).not.toMatch(/[:\s]/);
        expect(unescapeName(escapeName(name))).toBe(name);
      }),
    );
  });
});
