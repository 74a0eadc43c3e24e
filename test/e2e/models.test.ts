import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { replay } from "@tallybook/audit";
import { listInvoices, monthBegin, stream, withEngines } from "@tallybook/cli";
import type { UsageEvent } from "@tallybook/client";
import type { InvoiceDocument } from "@tallybook/invoice";
import { startStack } from "@tallybook/testkit";
import type { TestStack } from "@tallybook/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import {
  advance,
  decemberClosed,
  expectIdentity,
  expectReplayed,
  novemberClosed,
  transactionsOf,
} from "./support/billing.ts";
import { everyModel } from "./support/every-model.ts";

let sent = 0;
function event(
  type: string,
  n: string,
  properties: Readonly<Record<string, string>> = {},
  time = "2023-11-08T12:00:00Z",
): UsageEvent {
  sent += 1;
  return { id: `e-${sent}`, type, customer: "acme", time, properties: { n, ...properties } };
}

const november = [
  event("calls", "2500"),
  event("tokens", "12.5"),
  event("stored", "100"),
  event("packs", "121"),
  event("seats", "4"),
  event("blocks", "5325"),
  event("resale", "10.50"),
  event("gmv", "15"),
  event("payments", "400", {}, "2023-11-05T00:00:00Z"),
  event("payments", "50", {}, "2023-11-02T00:00:00Z"),
  event("payments", "250", {}, "2023-11-04T00:00:00Z"),
  event("payments", "100", {}, "2023-11-03T00:00:00Z"),
  event("llm", "1000", { cost: "0.0025" }),
  event("llm", "1000", { cost: "0.0015" }),
  event("images", "10", {}, "2023-11-15T23:59:59.999999Z"),
  event("images", "10", {}, "2023-11-16T00:00:00Z"),
  event("gpu", "61", { job: "train-1" }),
  event("gpu", "59", { job: "train-2" }, "2023-11-20T00:00:00Z"),
  event("gpu", "10", { job: "train-1" }, "2023-11-21T00:00:00Z"),
  event("voice", "61"),
  event("voice", "59"),
  event("voice", "10"),
  event("batch", "61"),
  event("batch", "59"),
  event("size", "4", { unit: "seats" }),
  event("size", "90", { unit: "gb" }),
  event("size", "70", { unit: "gb" }, "2023-11-20T00:00:00Z"),
  event("cells", "3", { model: "large" }),
  event("cells", "11", { model: "small" }),
  event("fees", "10", { method: "card" }),
  event("fees", "20", { method: "card" }),
  event("fees", "5", { method: "sepa" }),
  // A Wednesday in Berlin: nine, just before six, and six; and a Sunday.
  event("watts", "2", {}, "2023-11-08T08:00:00Z"),
  event("watts", "1", {}, "2023-11-08T16:59:59.999999Z"),
  event("watts", "4", {}, "2023-11-08T17:00:00Z"),
  event("watts", "6", {}, "2023-11-12T10:00:00Z"),
  // Midnight in Kolkata is half past an hour of UTC.
  event("nights", "1", {}, "2023-11-08T18:29:59.999999Z"),
  event("nights", "1", {}, "2023-11-08T18:30:00Z"),
];

/** After the month was closed; the payment of 80 comes before the others that were not free. */
const late = [
  event("calls", "500"),
  event("tokens", "2"),
  event("stored", "1"),
  event("packs", "5"),
  event("seats", "2"),
  event("blocks", "1000"),
  event("resale", "1"),
  event("gmv", "5"),
  event("payments", "80", {}, "2023-11-03T12:00:00Z"),
  event("llm", "1000", { cost: "0.001" }),
  event("images", "5", {}, "2023-11-10T00:00:00Z"),
  event("gpu", "50", { job: "train-1" }),
  event("voice", "10"),
  event("batch", "1"),
  event("size", "120", { unit: "gb" }),
  event("cells", "10", { model: "small" }),
  event("fees", "30", { method: "card" }),
  event("watts", "1", {}, "2023-11-13T09:30:00Z"),
  event("nights", "1", {}, "2023-11-09T00:30:00Z"),
];

/** Meter and dimension, quantity, cents; by hand. */
const novemberLines = [
  "fee: 1 for 2000",
  "calls: 2500 for 75",
  // 10 × 1 + 2.5 × 0.50 + 3.
  "tokens: 12.5 for 1425",
  // Exactly 100 is of the lower tier.
  "stored: 100 for 21000",
  // 116 above the free ones are twelve packages.
  "packs: 121 for 6000",
  "seats: 4 for 5000",
  // Ten blocks of 100, five of 1,000 begun.
  "blocks: 5325 for 1500",
  "resale: 10.5 for 1260",
  // 0.10 + 0.10 + 3.
  "gmv: 15 for 320",
  // 150 of the third and all of the fourth: 550 × 1.3 % + 2 × 2.
  "payments: 800 for 1115",
  // 4.00 cost, 0.80 markup, 0.02 fixed.
  "llm: 2000 for 482",
  "images: 20 for 30",
  // 71 and 59 seconds are 2 + 1 minutes.
  "gpu: 130 for 12",
  // 2 + 1 + 1.
  "voice: 130 for 16",
  "batch: 120 for 8",
  // 10 by the peaks of 90 and 4.
  "size gb: 90 for 957",
  "size seats: 4 for 43",
  "cells large: 3 for 600",
  "cells small: 11 for 200",
  // 2 % of 30 and twice 0.10.
  "fees card: 30 for 80",
  "fees sepa: 5 for 500",
  // 3 × 3 + 10 × 1.
  "watts: 13 for 1900",
  "nights: 2 for 600",
];

const lateLines = [
  "calls: 500 for 15",
  "tokens: 2 for 100",
  // All 101 at 1, and nothing for the tier: 101 instead of 210.
  "stored: 1 for -10900",
  "packs: 5 for 500",
  "seats: 2 for 10000",
  "blocks: 1000 for 100",
  "resale: 1 for 120",
  "gmv: 5 for 10",
  // Free are now 50, 100 and 80: 250 and 400 are paid whole, 12.45 in all.
  "payments: 80 for 130",
  // 1.00, 0.20 and 0.01.
  "llm: 1000 for 121",
  "images: 5 for 10",
  // 121 seconds are three minutes.
  "gpu: 50 for 4",
  "voice: 10 for 4",
  "batch: 1 for 4",
  // 40 by 120 and 4, less 10 by 90 and 4.
  "size gb: 30 for 2914",
  "size seats: 0 for 86",
  "cells small: 10 for 100",
  "fees card: 30 for 70",
  "watts: 1 for 300",
  "nights: 1 for 100",
];

/** One deployment; the tests build on each other in their order. */
describe("a plan with a price of every model", () => {
  let dir: string;
  let stack: TestStack;

  beforeAll(async () => {
    dir = mkdtempSync(path.join(tmpdir(), "tallybook-models-"));
    stack = await startStack({ dir, clock: monthBegin });
    await stack.target.ask("/v1/apply", { body: everyModel });
    await advance(stack.target, "2023-11-30T12:00:00Z");
  });

  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  });

  test("is billed to the cent as it comes out by hand", async () => {
    expect(await stream(stack.target, november)).toMatchObject({ refused: [] });
    await advance(stack.target, novemberClosed);
    const [invoice] = await listInvoices(stack.target);
    expect(linesOf(invoice)).toEqual(novemberLines);
    await expectIdentity(stack);
  });

  test("says of what each amount is made: what is passed through apart, never an entry for each event", async () => {
    const posted = await transactionsOf(stack);
    const explained = (price: string) =>
      posted.find(({ evidence }) => evidence.price === price)?.evidence.explanation;
    expect(explained("llm")).toEqual({
      of: "costs",
      amount: "4.82",
      events: 2,
      quantity: "2000",
      cost: "4",
      markup: "0.8",
      fixed: "0.02",
    });
    expect(explained("payments")).toEqual({
      of: "events",
      amount: "11.15",
      events: 4,
      free_events: 2,
      value: "800",
      free_value: "250",
      usage: "7.15",
      fixed: "4",
      bounds: "0",
    });
    expect(explained("watts")).toMatchObject({
      of: "times",
      windows: [
        { window: "peak", charge: { quantity: "3", amount: "9" } },
        { window: null, charge: { quantity: "10", amount: "10" } },
      ],
    });
    expect(explained("gpu")).toMatchObject({ of: "bulk", pieces: 2, raw: "130", billable: "3" });
  });

  test("shows the parts on the page of the invoice", async () => {
    const [invoice] = await listInvoices(stack.target);
    const page = await stack.target.ask(`/v1/invoices/${invoice?.invoice}.html`, { as: "page" });
    expect(page).toContain("Passed through from the provider, 2 events");
    expect(page).toContain("Markup, 20 %");
    expect(page).toContain("Percentage of 4 events, 2 of them free, worth 800 USD");
    expect(page).toContain("peak: 3 USD per unit");
  });

  test("gives the difference for what comes after the close", async () => {
    expect(await stream(stack.target, late)).toMatchObject({ refused: [] });
    await advance(stack.target, decemberClosed);
    const [, december] = await listInvoices(stack.target);
    expect(linesOf(december)).toEqual(["fee: 1 for 2000", ...lateLines]);
    await expectIdentity(stack);
  });

  test("comes out again from the log, line by line, and says how", async () => {
    const invoices = await listInvoices(stack.target);
    await expectReplayed(stack, invoices);
    await withEngines(stack.run(), async (engines) => {
      const replayed = await replay({ ...engines, invoice: invoices[0]?.number ?? "", line: 11 });
      expect(replayed.lines[0]?.explanation).toBe(
        "2 events of 2000 units: 4 USD passed through from the provider + 0.8 USD markup + 0.02 USD fixed; " +
          "in all 4.82 USD by version 1 of plan every_model; 4.82 of it for this line; 4.82 on the invoice.",
      );
    });
  });
});

function linesOf(invoice: InvoiceDocument | undefined): string[] {
  return (invoice?.lines ?? []).map(({ meter, dimensions, quantity, amount }) => {
    const where = Object.values(dimensions).map((value) => ` ${value}`);
    return `${meter ?? "fee"}${where.join("")}: ${quantity} for ${amount}`;
  });
}
