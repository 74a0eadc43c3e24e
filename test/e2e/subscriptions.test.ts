import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { reconcile } from "@tallybook/audit";
import { invoiceText, listDrafts, listInvoices, stream, withEngines } from "@tallybook/cli";
import { startStack } from "@tallybook/testkit";
import type { TestStack } from "@tallybook/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import {
  advance,
  asNumbered,
  expectIdentity,
  expectReplayed,
  transactionsOf,
} from "./support/billing.ts";
import { base, call, catalog, events, late, planOf } from "./support/stories.ts";

/** One deployment; each customer is a story, and time passes for all of them. */
describe("subscriptions that change while time goes on, on the real engines", () => {
  let dir: string;
  let stack: TestStack;
  let began: string;
  let waited: string;

  const order = (which: string, command: string, body: object = {}) =>
    stack.target.ask(`/v1/subscriptions/${which}/${command}`, { method: "POST", body });
  const start = (customer: string, of: object) =>
    stack.target.ask("/v1/subscriptions", {
      method: "POST",
      body: { subscription: customer, customer, start: "2024-01-01T00:00:00Z", ...of },
    });
  const adjust = (subscription: string, amount: string, reason: string) =>
    stack.target.ask("/v1/adjustments", {
      body: { subscription, amount, reason, at: "2024-01-14T00:00:00Z" },
    });
  const standing = async (which: string) =>
    (await stack.target.ask<{ status: string }>(`/v1/subscriptions/${which}`)).status;

  /** A customer's invoices as text tables, without their numbers and ids. */
  async function invoicesOf(customer: string): Promise<string> {
    const own = (await listInvoices(stack.target)).filter((each) => each.customer === customer);
    return own
      .map((invoice) =>
        [
          `${invoice.plan}, ${invoice.period.from} to ${invoice.period.to}`,
          ...invoiceText(invoice).slice(4),
        ].join("\n"),
      )
      .join("\n\n");
  }

  beforeAll(async () => {
    dir = mkdtempSync(path.join(tmpdir(), "tallybook-subscriptions-"));
    stack = await startStack({ dir, clock: "2024-01-01T00:00:00Z" });
    const body = { ahead_seconds: 90 * 86_400, window_seconds: null };
    await stack.target.ask("/v1/settings", { method: "PUT", body });
    await stack.target.ask("/v1/apply", { body: catalog });
    await start("trial", { plan: "dev", trial: { days: 10 } });
    await start("upgrade", { plan: "dev" });
    await start("dated", { plan: "dated" });
    await start("paused", { plan: "dev" });
    await start("cancelled", { plan: "dev" });
    await start("team", {
      plan: "team",
      quantity: 3,
      phases: [{ at: "2024-02-01T00:00:00Z", add_ons: [{ plan: "care", quantity: 2 }] }],
    });
    await start("ahead", { plan: "ahead" });
    await start("contracted", { plan: "dev" });
    await start("adjusted", { plan: "dev" });
    await start("discounted", { plan: "dev" });
    await start("committed", { plan: "committed" });
    await start("approved", { plan: "dev", trial: { days: 10 } });
    await advance(stack.target, "2024-01-01T01:00:00Z");
    began = await standing("trial");
    await stream(stack.target, events);

    await advance(stack.target, "2024-01-10T00:00:00Z");
    waited = await standing("approved");
    await stack.target.ask("/v1/customers/approved/approval", {
      method: "POST",
      body: { approval: "approved", activated_at: "2024-01-10T00:00:00Z" },
    });
    await advance(stack.target, "2024-01-11T12:00:00Z");
    await order("upgrade", "change", { plan: "pro" });
    await order("ahead", "change", { plan: "further" });
    await order("paused", "pause");
    await order("team", "change", { quantity: 5 });
    await order("cancelled", "cancel", { at: "period_end" });
    await order("discounted", "coupons", { coupon: "welcome" });
    await order("discounted", "bill");
    await order("discounted", "coupons", { coupon: "forty", at: "2024-02-01T00:00:00Z" });
    await stack.target.ask("/v1/plans", {
      method: "POST",
      body: {
        ...planOf("dated", { ...base, amount: "40" }, { ...call, unit_amount: "0.02" }),
        effective_at: "2024-02-01T00:00:00Z",
      },
    });
    await advance(stack.target, "2024-01-20T00:00:00Z");
    await start("backdated", { plan: "dev", start: "2024-01-05T00:00:00Z" });
    await advance(stack.target, "2024-02-01T12:00:00Z");
    await order("paused", "resume", { at: "2024-02-10T00:00:00Z" });
    await adjust("adjusted", "-3.105", "the port was down on the 14th");
    await adjust("cancelled", "2.5", "one call was missing");
    await stream(stack.target, late);
    await advance(stack.target, "2024-03-01T12:00:00Z");
  }, 180_000);

  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  });

  test("from trial to paid: nothing is owed of the fee before, and usage is paid from the first day", async () => {
    expect(began).toBe("trialing");
    expect(await invoicesOf("trial")).toMatchInlineSnapshot(`
      "dev, 2024-01-01T00:00:00Z to 2024-02-01T00:00:00Z
      line  description                                                  dimensions  quantity    USD
      ────  ───────────────────────────────────────────────────────────  ──────────  ────────  ─────
         1  Monthly fee, 2024-01-01 to 2024-01-10, covered by the trial                     1   0.00
         2  Monthly fee, 2024-01-11 to 2024-01-31, 21/31 of a period                        1  21.00
         3  calls, 2024-01-01 to 2024-01-10                                               100   1.00
         4  calls, 2024-01-11 to 2024-01-31                                                20   0.20
            total                                                                              22.20

      dev, 2024-02-01T00:00:00Z to 2024-03-01T00:00:00Z
      line  description  dimensions  quantity    USD
      ────  ───────────  ──────────  ────────  ─────
         1  Monthly fee                     1  31.00
            total                              31.00"
    `);
  });

  test("an upgrade mid-month: both plans stand on one invoice, each with its days and its prices", async () => {
    expect(await invoicesOf("upgrade")).toMatchInlineSnapshot(`
      "pro, 2024-01-01T00:00:00Z to 2024-02-01T00:00:00Z
      line  description                                                                 dimensions  quantity     USD
      ────  ──────────────────────────────────────────────────────────────────────────  ──────────  ────────  ──────
         1  Monthly fee, 2024-01-01 00:00:00 to 2024-01-11 12:00:00, 21/62 of a period                     1   10.50
         2  Monthly fee, 2024-01-11 12:00:00 to 2024-02-01 00:00:00, 41/62 of a period                     1   41.00
         3  calls, 2024-01-01 00:00:00 to 2024-01-11 12:00:00                                           1000   10.00
         4  calls, 2024-01-11 12:00:00 to 2024-02-01 00:00:00                                          20000  100.00
            total                                                                                             161.50

      pro, 2024-02-01T00:00:00Z to 2024-03-01T00:00:00Z
      line  description  dimensions  quantity    USD
      ────  ───────────  ──────────  ────────  ─────
         1  Monthly fee                     1  62.00
            total                              62.00"
    `);
  });

  test("a price that changes at a date is the new one from the period on that begins then", async () => {
    expect(await invoicesOf("dated")).toMatchInlineSnapshot(`
      "dated, 2024-01-01T00:00:00Z to 2024-02-01T00:00:00Z
      line  description  dimensions  quantity    USD
      ────  ───────────  ──────────  ────────  ─────
         1  Monthly fee                     1  31.00
         2  calls                         500   5.00
            total                              36.00

      dated, 2024-02-01T00:00:00Z to 2024-03-01T00:00:00Z
      line  description  dimensions  quantity    USD
      ────  ───────────  ──────────  ────────  ─────
         1  Monthly fee                     1  40.00
         2  calls                         700  14.00
            total                              54.00"
    `);
  });

  test("a start in the past owes its part from there", async () => {
    expect(await invoicesOf("backdated")).toMatchInlineSnapshot(`
      "dev, 2024-01-05T00:00:00Z to 2024-02-01T00:00:00Z
      line  description                     dimensions  quantity    USD
      ────  ──────────────────────────────  ──────────  ────────  ─────
         1  Monthly fee, 27/31 of a period                     1  27.00
         2  calls                                            200   2.00
            total                                                 29.00

      dev, 2024-02-01T00:00:00Z to 2024-03-01T00:00:00Z
      line  description  dimensions  quantity    USD
      ────  ───────────  ──────────  ────────  ─────
         1  Monthly fee                     1  31.00
            total                              31.00"
    `);
  });

  test("a pause is not billed", async () => {
    expect(await invoicesOf("paused")).toMatchInlineSnapshot(`
      "dev, 2024-01-01T00:00:00Z to 2024-01-11T12:00:00Z
      line  description                     dimensions  quantity    USD
      ────  ──────────────────────────────  ──────────  ────────  ─────
         1  Monthly fee, 21/62 of a period                     1  10.50
         2  calls                                             10   0.10
            total                                                 10.60

      dev, 2024-02-10T00:00:00Z to 2024-03-01T00:00:00Z
      line  description                     dimensions  quantity    USD
      ────  ──────────────────────────────  ──────────  ────────  ─────
         1  Monthly fee, 20/29 of a period                     1  21.38
         2  calls                                           3000  30.00
            total                                                 51.38"
    `);
    expect(await standing("paused")).toBe("active");
  });

  test("what was cancelled is over at the period's end", async () => {
    expect(await invoicesOf("cancelled")).toMatchInlineSnapshot(`
      "dev, 2024-01-01T00:00:00Z to 2024-02-01T00:00:00Z
      line  description  dimensions  quantity    USD
      ────  ───────────  ──────────  ────────  ─────
         1  Monthly fee                     1  31.00
         2  calls                          40   0.40
            total                              31.40

      dev, 2024-01-01T00:00:00Z to 2024-02-01T00:00:00Z
      line  description                                                   dimensions  quantity   USD
      ────  ────────────────────────────────────────────────────────────  ──────────  ────────  ────
         1  Adjustment of 2024-01-01 to 2024-01-31: one call was missing                     0  2.50
            total                                                                               2.50"
    `);
    expect(await standing("cancelled")).toBe("ended");
  });

  test("seats that are more from a day on, and an add-on beside them", async () => {
    expect(await invoicesOf("team")).toMatchInlineSnapshot(`
      "team, 2024-01-01T00:00:00Z to 2024-02-01T00:00:00Z
      line  description                                                                 dimensions  quantity    USD
      ────  ──────────────────────────────────────────────────────────────────────────  ──────────  ────────  ─────
         1  Monthly fee, 2024-01-01 00:00:00 to 2024-01-11 12:00:00, 21/62 of a period                     1  10.50
         2  Seats, 2024-01-01 00:00:00 to 2024-01-11 12:00:00, 21/62 of a period                           3  10.16
         3  Monthly fee, 2024-01-11 12:00:00 to 2024-02-01 00:00:00, 41/62 of a period                     1  20.50
         4  Seats, 2024-01-11 12:00:00 to 2024-02-01 00:00:00, 41/62 of a period                           5  33.07
            total                                                                                             74.23

      team, 2024-02-01T00:00:00Z to 2024-03-01T00:00:00Z
      line  description  dimensions  quantity     USD
      ────  ───────────  ──────────  ────────  ──────
         1  Monthly fee                     1   31.00
         2  Seats                           5   50.00
         3  Care                            2   31.00
            total                              112.00"
    `);
  });

  test("a fee that was charged in advance is given back from the change on", async () => {
    expect(await invoicesOf("ahead")).toMatchInlineSnapshot(`
      "ahead, 2024-01-01T00:00:00Z to 2024-02-01T00:00:00Z
      line  description  dimensions  quantity    USD
      ────  ───────────  ──────────  ────────  ─────
         1  Monthly fee                     1  31.00
            total                              31.00

      further, 2024-01-01T00:00:00Z to 2024-02-01T00:00:00Z
      line  description                                                                                                   dimensions  quantity     USD
      ────  ────────────────────────────────────────────────────────────────────────────────────────────────────────────  ──────────  ────────  ──────
         1  Monthly fee, 2024-01-01 00:00:00 to 2024-01-11 12:00:00, 21/62 of a period, less what was charged in advance                     0  -20.50
         2  Monthly fee, 2024-01-11 12:00:00 to 2024-02-01 00:00:00, 41/62 of a period                                                       1   41.00
            total                                                                                                                                20.50

      further, 2024-02-01T00:00:00Z to 2024-03-01T00:00:00Z
      line  description  dimensions  quantity    USD
      ────  ───────────  ──────────  ────────  ─────
         1  Monthly fee                     1  62.00
            total                              62.00

      further, 2024-03-01T00:00:00Z to 2024-04-01T00:00:00Z
      line  description  dimensions  quantity    USD
      ────  ───────────  ──────────  ────────  ─────
         1  Monthly fee                     1  62.00
            total                              62.00"
    `);
  });

  test("an approval nine days late: nothing begins before it, and the trial is as long as agreed", async () => {
    expect(waited).toBe("pending");
    expect(await invoicesOf("approved")).toMatchInlineSnapshot(`
      "dev, 2024-01-10T00:00:00Z to 2024-02-01T00:00:00Z
      line  description                                                  dimensions  quantity    USD
      ────  ───────────────────────────────────────────────────────────  ──────────  ────────  ─────
         1  Monthly fee, 2024-01-10 to 2024-01-19, covered by the trial                     1   0.00
         2  Monthly fee, 2024-01-20 to 2024-01-31, 12/31 of a period                        1  12.00
         3  calls, 2024-01-10 to 2024-01-19                                               700   7.00
            total                                                                              19.00

      dev, 2024-02-01T00:00:00Z to 2024-03-01T00:00:00Z
      line  description  dimensions  quantity    USD
      ────  ───────────  ──────────  ────────  ─────
         1  Monthly fee                     1  31.00
            total                              31.00"
    `);
  });

  test("a contract's price stands on the line, and the contract and its version in the evidence", async () => {
    expect(await invoicesOf("contracted")).toMatchInlineSnapshot(`
      "dev, 2024-01-01T00:00:00Z to 2024-02-01T00:00:00Z
      line  description  dimensions  quantity    USD
      ────  ───────────  ──────────  ────────  ─────
         1  Agreed fee                      1  20.00
            total                              20.00

      dev, 2024-02-01T00:00:00Z to 2024-03-01T00:00:00Z
      line  description  dimensions  quantity    USD
      ────  ───────────  ──────────  ────────  ─────
         1  Agreed fee                      1  20.00
            total                              20.00"
    `);
    const own = (await transactionsOf(stack)).filter(
      ({ evidence }) => evidence.customer === "contracted" && evidence.invoice === null,
    );
    expect(
      new Set(own.map(({ evidence }) => `${evidence.contract} ${evidence.contract_version}`)),
    ).toEqual(new Set(["signed 1"]));
  });

  test("an adjustment stands on the next invoice, with its reason", async () => {
    expect(await invoicesOf("adjusted")).toMatchInlineSnapshot(`
      "dev, 2024-01-01T00:00:00Z to 2024-02-01T00:00:00Z
      line  description  dimensions  quantity    USD
      ────  ───────────  ──────────  ────────  ─────
         1  Monthly fee                     1  31.00
            total                              31.00

      dev, 2024-02-01T00:00:00Z to 2024-03-01T00:00:00Z
      line  description                                                            dimensions  quantity    USD
      ────  ─────────────────────────────────────────────────────────────────────  ──────────  ────────  ─────
         1  Monthly fee                                                                               1  31.00
         2  Adjustment of 2024-01-01 to 2024-01-31: the port was down on the 14th                     0  -3.10
            total                                                                                        27.90"
    `);
  });

  test("a commitment is filled up to, and what lies above it costs more", async () => {
    const own = (await listInvoices(stack.target)).filter((each) => each.customer === "committed");
    // January: 333 less 100 included are 2.33, less 10 % 2.097, filled up to 5; 101 more come late, and fill what was owed anyway.
    // February: 800 are 8, less 10 % 7.2, of which 2.2 cost half as much again.
    expect(
      own.map(({ lines, total }) => [
        ...lines.map(({ description, quantity, exact }) => `${description}: ${quantity}, ${exact}`),
        total,
      ]),
    ).toEqual([
      ["Calls, with what is missing to the commitment: 333, 5", "500"],
      ["Calls: 900, 8.3", "Late usage of 2024-01-01 to 2024-02-01: Calls: 101, 0", "830"],
    ]);
  });

  test("coupons: a bill before the end, its invoice and late usage are all taken off, and nothing below zero", async () => {
    const drafts = (await listDrafts(stack.target)).filter(
      (each) => each.customer === "discounted",
    );
    // 3.33 of usage, and an eighth off it.
    expect(drafts.map(({ exact, total }) => `${exact} ${total}`)).toEqual(["2.91375 291"]);
    // January: an eighth of 31. February: an eighth of 41, and all that is left, below 40; and an eighth of the late 1.01.
    expect(await invoicesOf("discounted")).toMatchInlineSnapshot(`
      "dev, 2024-01-01T00:00:00Z to 2024-02-01T00:00:00Z
      line  description                                                                      dimensions  quantity    USD
      ────  ───────────────────────────────────────────────────────────────────────────────  ──────────  ────────  ─────
         1  Monthly fee                                                                                         1  31.00
         2  Welcome (coupon welcome), version 1: 12.5 % off, less what was taken off before                     1  -3.87
            total                                                                                                  27.13

      dev, 2024-02-01T00:00:00Z to 2024-03-01T00:00:00Z
      line  description                                                                                                              dimensions  quantity     USD
      ────  ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────  ──────────  ────────  ──────
         1  Monthly fee                                                                                                                                 1   31.00
         2  calls                                                                                                                                    1000   10.00
         3  Welcome (coupon welcome), version 1: 12.5 % off                                                                                             1   -5.12
         4  Coupon forty, version 1: 40 USD off                                                                                                         1  -35.88
         5  Late usage of 2024-01-01 to 2024-02-01: calls                                                                                             101    1.01
         6  Late usage of 2024-01-01 to 2024-02-01: Welcome (coupon welcome), version 1: 12.5 % off, less what was taken off before                     1   -0.13
            total                                                                                                                                            0.88"
    `);
    await expectReplayed(stack, drafts.map(asNumbered));
  });

  test("what is billed stays as it is: the refusal says what to do", async () => {
    const change = order("upgrade", "change", { plan: "dev", at: "2024-01-20T00:00:00Z" });
    await expect(change).rejects.toThrow("adjustment");
  });

  test("every residual is 0, what nobody bills is listed, and every line comes out again", async () => {
    await expectIdentity(stack);
    const { lists } = await withEngines(stack.run(), reconcile);
    expect(
      lists.unattributed
        .map(({ customer, reason, quantity }) => `${customer} ${reason} ${quantity}`)
        .toSorted(),
    ).toEqual([
      "approved before_activation 60",
      "backdated before_activation 1",
      "cancelled after_end 500",
      "paused paused 200",
    ]);
    await expectReplayed(stack, await listInvoices(stack.target));
  });
});
