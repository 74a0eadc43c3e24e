import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openCounter, type Counter } from "./counter.ts";

type Step =
  | { readonly kind: "customer" | "subscribe" | "end" | "archive"; readonly which: number }
  | {
      readonly kind: "plan" | "product" | "settings" | "time" | "key" | "adjust";
      readonly amount: number;
    };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("customer", "subscribe", "end", "archive"),
    which: fc.integer({ min: 0, max: 2 }),
  }),
  fc.record({
    kind: fc.constantFrom("plan", "product", "settings", "time", "key", "adjust"),
    amount: fc.integer({ min: 1, max: 5 }),
  }),
);

const paths = [
  "/v1/customers",
  "/v1/customers/c0",
  "/v1/plans",
  "/v1/plans/p",
  "/v1/products",
  "/v1/subscriptions",
  "/v1/subscriptions/s1",
  "/v1/settings",
  "/v1/api-keys",
  "/v1/adjustments",
  "/admin/v1/customers",
  "/admin/v1/subscriptions",
];

const day = 86_400_000;

/** Whether it is refused is no matter here. */
async function carryOut(counter: Counter, order: Step, day: number): Promise<void> {
  const send = (path: string, body: object, method = "POST") =>
    counter.send(path, { body, method });
  switch (order.kind) {
    case "customer":
      await send("/v1/customers", { customer: `c${order.which}` });
      return;
    case "subscribe": {
      const { which } = order;
      const body = { subscription: `s${which}`, customer: `c${which}`, plan: "p" };
      await send("/v1/subscriptions", { ...body, start: timeOf(day + 1) });
      return;
    }
    case "end":
      await send(`/v1/subscriptions/s${order.which}/end`, { end: timeOf(day + 10) });
      return;
    case "archive":
      await send(`/v1/customers/c${order.which}/archive`, {});
      return;
    case "plan": {
      const prices = [{ price: "fee", model: "flat", amount: order.amount }];
      await send("/v1/plans", { plan: "p", currency: "USD", prices });
      return;
    }
    case "product":
      await send("/v1/products", { product: "q", name: `named ${order.amount}` });
      return;
    case "key": {
      const { body } = await send("/v1/api-keys", { role: "producer" });
      const api_key = String(body["api_key"]);
      if (order.amount > 3) await send(`/v1/api-keys/${api_key}/revoke`, {});
      return;
    }
    case "adjust":
      await send("/v1/adjustments", { subscription: "s1", amount: order.amount, reason: "said" });
      return;
    case "settings":
      await send("/v1/settings", { grace_seconds: order.amount }, "PUT");
      return;
    case "time":
      await send("/v1/clock", { time: timeOf(day + order.amount) });
  }
}

function timeOf(days: number): string {
  return new Date(Date.UTC(2023, 10, 1) + days * day).toISOString();
}

test("whatever is ordered afterwards, what was known at an offset is told as it was told then", async () => {
  const told = (counter: Counter, query: string) =>
    Promise.all(paths.map((path) => counter.send(path + query)));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 9 }), async (steps) => {
      const counter = await openCounter();
      try {
        const before: { readonly offset: number; readonly answers: unknown }[] = [];
        let days = 0;
        for (const order of steps) {
          const facts = counter.facts().length;
          await carryOut(counter, order, days);
          if (order.kind === "time") days += order.amount;
          const offset = counter.facts().length - 1;
          // A clock that has just moved is known of at the time before.
          if (offset < facts || order.kind === "time") continue;
          before.push({ offset, answers: await told(counter, "") });
        }
        await counter.restart();
        for (const { offset, answers } of before)
          expect(await told(counter, `?known_at=${offset}`)).toEqual(answers);
      } finally {
        await counter.close();
      }
    }),
    { numRuns: 6 },
  );
});
