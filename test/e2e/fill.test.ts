import { reconcile } from "@tallybook/audit";
import { listInvoices, monthBegin, requestCut, stream, withEngines } from "@tallybook/cli";
import { readAll } from "@tallybook/log";
import { startStack } from "@tallybook/testkit";
import type { TestStack } from "@tallybook/testkit";
import { createCutsFold, fillName, noCuts } from "@tallybook/usage";
import type { CutFact, Cuts } from "@tallybook/usage";
import { decode, topics } from "@tallybook/wire";
import { expect, test } from "vitest";

import {
  advance,
  decemberClosed,
  expectIdentity,
  expectReplayed,
  novemberClosed,
} from "./support/billing.ts";
import { until } from "./support/until.ts";

const customers = ["acme", "beta"];
const priced = (price: string, meter: string) => ({
  price,
  meter,
  model: "per_unit",
  unit_amount: "0.5",
});
const first = {
  meters: [{ meter: "tokens", event_type: "llm", aggregation: "sum", value_property: "n" }],
  plans: [{ plan: "dev", currency: "USD", prices: [priced("tokens", "tokens")] }],
  customers: customers.map((customer) => ({ customer })),
  subscriptions: customers.map((customer) => ({ customer, plan: "dev", start: monthBegin })),
};
/** From the month's beginning on, and published when half of it is over. */
const second = {
  meters: [
    { meter: "calls", event_type: "tool", aggregation: "count", history: "fill" },
    {
      meter: "tokens_peak",
      event_type: "llm",
      aggregation: "max",
      value_property: "n",
      history: "fill",
    },
    { meter: "unheard", event_type: "tool", aggregation: "count" },
  ],
  plans: [
    {
      plan: "dev",
      currency: "USD",
      effective_at: monthBegin,
      prices: [
        priced("tokens", "tokens"),
        priced("calls", "calls"),
        priced("peak", "tokens_peak"),
        priced("unheard", "unheard"),
      ],
    },
  ],
};

test("a meter that is published in the middle of a month bills all of it, whatever dies while its history is filled", async () => {
  await using stack = await startStack({
    clock: monthBegin,
    // Of twenty parts or so in two fills.
    failPoints: { aggregator: "aggregator.added:kill:3" },
  });
  await stack.target.ask("/v1/apply", { body: first });
  for (const day of [3, 9, 14]) {
    await advance(stack.target, `2023-11-${String(day).padStart(2, "0")}T12:00:00Z`);
    await stream(stack.target, eventsOf(day));
  }
  await requestCut(stack.target, "before it is known", { remark: () => {} });

  const aggregator = await stack.pidOf("aggregator");
  await stack.target.ask("/v1/apply", { body: second });
  await untilFilled(stack, ["calls", "tokens_peak"]);
  expect(await stack.pidOf("aggregator")).not.toBe(aggregator);
  await advance(stack.target, "2023-11-20T12:00:00Z");
  await stream(stack.target, eventsOf(20));
  await advance(stack.target, novemberClosed);
  await until(
    "November's invoices",
    async () => (await listInvoices(stack.target)).length === customers.length || undefined,
  );
  for (const invoice of await listInvoices(stack.target)) {
    const quantities = Object.fromEntries(
      invoice.lines.map(({ meter, quantity }) => [meter, quantity]),
    );
    // 20 calls on each of four days, and 0 to 19 tokens; of the last meter nobody asked for its history.
    expect(quantities).toMatchObject({
      calls: "80",
      tokens: "760",
      tokens_peak: "19",
      unheard: "20",
    });
  }
  await expectIdentity(stack);
  const { lists } = await withEngines(stack.run(), reconcile);
  expect(lists.filled).toEqual([
    { tenant: "default", meter: "calls", measured: 120, were_without_meter: 120, unmeasurable: 0 },
    {
      tenant: "default",
      meter: "tokens_peak",
      measured: 120,
      were_without_meter: 0,
      unmeasurable: 0,
    },
  ]);
  await expectReplayed(stack, await listInvoices(stack.target));

  // After the month was billed: what its plan priced is an adjustment, what it did not price yet is listed.
  const [plan] = second.plans;
  const third = (effective_at: string) => ({
    meters: ["unheard", "unpriced"].map((meter) => ({
      meter,
      event_type: "tool",
      aggregation: "count",
      history: "fill",
    })),
    plans: [
      { ...plan, effective_at, prices: [...(plan?.prices ?? []), priced("unpriced", "unpriced")] },
    ],
  });
  const ofNovember = stack.target.ask("/v1/apply", { body: third(monthBegin) });
  await expect(ofNovember).rejects.toThrow("may be billed already");
  await stack.target.ask("/v1/apply", { body: third("2023-12-01T00:00:00Z") });
  await untilFilled(stack, ["unheard", "unpriced"]);
  await advance(stack.target, decemberClosed);
  await until(
    "December's invoices",
    async () => (await listInvoices(stack.target)).length === 2 * customers.length || undefined,
  );
  const late = (await listInvoices(stack.target)).flatMap(({ lines }) =>
    lines.filter(({ meter, quantity }) => meter === "unheard" && quantity === "60"),
  );
  expect(late).toHaveLength(customers.length);
  await expectIdentity(stack);
  const { unattributed } = (await withEngines(stack.run(), reconcile)).lists;
  expect(unattributed).toEqual(
    customers.map((customer) => ({
      tenant: "default",
      meter: "unpriced",
      customer,
      subscription: "",
      reason: "no_price",
      quantity: "80",
    })),
  );
});

function eventsOf(day: number) {
  const time = `2023-11-${String(day).padStart(2, "0")}T10:00:00Z`;
  return customers.flatMap((customer) =>
    ["llm", "tool"].flatMap((type) =>
      Array.from({ length: 20 }, (_, at) => ({
        id: `${customer}-${day}-${type}-${at}`,
        type,
        customer,
        time,
        properties: { n: at },
      })),
    ),
  );
}

/** Waits until every one of these histories is filled, and known from a cut on that has closed. */
async function untilFilled(stack: TestStack, meters: readonly string[]): Promise<void> {
  await until(`the history of ${meters.join(", ")}`, async () => {
    const { fills, closed } = await cutsOf(stack);
    const isKnown = (meter: string) => {
      const cut = fills.get(fillName({ tenant: "default", meter }))?.cut ?? Infinity;
      return cut < closed.length;
    };
    return meters.every(isKnown) || undefined;
  });
}

async function cutsOf(stack: TestStack): Promise<Cuts> {
  return withEngines(stack.run(), async ({ log }) => {
    const evolve = createCutsFold();
    let state = noCuts;
    for await (const { value } of readAll(log, topics.cuts, 0))
      state = evolve(state, decode(value) as CutFact);
    return state;
  });
}
