import { startStack, type TestStack } from "@tallybook/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { advance, expectIdentity } from "./support/billing.ts";
import {
  billNow,
  call,
  eventOf,
  makePlan,
  makePlanWithFee,
  subscribe,
  tableOf,
  tokensOf,
  type Completion,
  type Invoice,
  type Typed,
  type Usage,
} from "./support/typed-script.ts";

const minute = 60_000;
const completions: readonly Completion[] = [
  { id: "req-1", input: 512, output: 256 },
  { id: "req-2", input: 10_000, output: 5_000 },
  // Stamped after the present clock.
  { id: "req-3", input: 1_833, output: 1_500, afterMs: 30 * minute },
];

describe("a script that was written for the typed API, on one deployment with a wall clock", () => {
  let stack: TestStack;
  let at: Typed;

  beforeAll(async () => {
    stack = await startStack();
    at = stack.target;
  });

  afterAll(() => stack[Symbol.asyncDispose]());

  test.each(["first", "second"])("runs for the %s time", async (nth) => {
    const plan = await makePlan(at);
    const acme = await subscribe(at, plan, `Acme ${nth}`);
    const other = await subscribe(at, plan, `Other ${nth}`);
    expect(acme.status).toBe("Trialing");

    // One by one, each sent again as after a lost answer.
    for (const completion of completions) {
      const event = eventOf(acme, completion);
      for (let attempt = 0; attempt < 2; attempt += 1)
        expect(await call(at, "POST", "/v1/events", event)).toMatchObject({ status: "accepted" });
    }
    // The same ids, of another subscription, at once.
    const events = completions.map(({ id }) => eventOf(other, { id, input: 1_000, output: 0 }));
    expect(await call(at, "POST", "/v1/events/batch", { events })).toMatchObject({ accepted: 3 });

    const usage = await call<Usage>(at, "GET", `/v1/subscriptions/${acme.subscription_id}/usage`);
    expect(tokensOf(usage)).toEqual({ input: "12345", output: "6756" });

    const invoice = await billNow(at, acme);
    expect(invoice).toMatchObject({
      invoice_number: expect.stringMatching(/^INV-\d{6}$/),
      status: "Open",
    });
    // 12,345 × 0.000002 + 6,756 × 0.000006 = 0.065226.
    expect(`\n${tableOf(invoice)}`).toBe(`
Input Tokens                                                    0.024690
Output Tokens                                                   0.040536
Rounding                                                        0.004774
total                                                           0.070000`);
    expect(invoice.line_items.some(({ is_tax }) => is_tax)).toBe(false);

    const otherUsage = `/v1/subscriptions/${other.subscription_id}/usage`;
    expect(tokensOf(await call<Usage>(at, "GET", otherUsage))).toMatchObject({ input: "3000" });
    expect((await billNow(at, other)).total_nanos).toBe("10000000000");
    await expectIdentity(stack);
  });
});

test("a trial covers fixed fees, and usage is billed, wherever in the running period it is stamped", async () => {
  const env = { AHEAD_SECONDS: String(31 * 86_400) };
  await using stack = await startStack({ clock: "2026-11-01T00:00:00Z", env });
  const at: Typed = stack.target;
  const acme = await subscribe(at, await makePlanWithFee(at), "Acme");
  const events = [
    { id: "in-the-trial", input: 1_000_000, output: 0, timestamp: "2026-11-02T00:00:00Z" },
    { id: "after-it", input: 502_000, output: 0, timestamp: "2026-11-20T00:00:00Z" },
  ].map((completion) => eventOf(acme, completion));
  await call(at, "POST", "/v1/events/batch", { events });

  expect(`\n${tableOf(await billNow(at, acme))}`).toBe(`
Input Tokens, 2026-11-01 to 2026-11-14                          2.000000
Input Tokens, 2026-11-15 to 2026-11-30                          1.004000
Rounding                                                       -0.004000
total                                                           3.000000`);

  // The month ends: of the fee 16 of 30 days are owed, and no usage a second time.
  await advance(stack.target, "2026-12-01T01:00:00Z");
  const query = `customer_id=${acme.customer_id}&status=Open`;
  const invoices = await call<Invoice[]>(at, "GET", `/admin/v1/invoices?${query}`);
  expect(invoices.map(({ invoice_number }) => invoice_number)).toEqual([
    "INV-000002",
    "INV-000001",
  ]);
  const [month] = invoices;
  expect(month && `\n${tableOf(month)}`).toBe(`
Platform, 2026-11-01 to 2026-11-14, covered by the trial        0.000000
Platform, 2026-11-15 to 2026-11-30, 8/15 of a period           16.000000
total                                                          16.000000`);
  expect(await call<unknown[]>(at, "GET", `/admin/v1/invoices?customer_id=nobody`)).toEqual([]);
  await expectIdentity(stack);
});
