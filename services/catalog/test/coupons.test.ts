import { afterEach, beforeEach, expect, test } from "vitest";
import { openCounter, type Counter } from "./counter.ts";

let counter: Counter;

const flat = (plan: string) => ({
  plan,
  currency: "USD",
  prices: [{ price: "base", model: "flat", amount: "10" } as const],
});

beforeEach(async () => {
  counter = await openCounter();
  const body = {
    plans: [flat("a"), flat("b")],
    customers: [{ customer: "c" }],
    subscriptions: [{ subscription: "s", customer: "c", plan: "a", start: "2023-11-01T00:00:00Z" }],
    coupons: [
      { coupon: "fifth", percent_off: 20, duration: "repeating", periods: 3 },
      { coupon: "ten", amount_off: 10, currency: "EUR" },
      { coupon: "few", percent_off: 5, redemptions_max: 1 },
      { coupon: "short", percent_off: 5, redeem_by: "2023-11-05T00:00:00Z" },
      { coupon: "other", percent_off: 5, plans: ["b"] },
    ],
  };
  await counter.send("/v1/apply", { body });
});

afterEach(() => counter.close());

const apply = (whose: string, body: object) => counter.send(`/v1/${whose}/coupons`, { body });

/** As `fifth#1 v1 subscription s from 2023-11-10`. */
async function applied(whose: string): Promise<string[]> {
  const { body } = await counter.send(`/v1/${whose}/coupons`);
  const coupons = body["coupons"] as unknown as {
    application: string;
    version: number;
    customer: string;
    subscription: string | null;
    effective_at: string;
    until: string | null;
  }[];
  return coupons.map((each) =>
    [
      `${each.application} v${each.version}`,
      each.subscription === null
        ? `customer ${each.customer}`
        : `subscription ${each.subscription}`,
      `from ${each.effective_at.slice(0, 10)}`,
      ...(each.until === null ? [] : [`until ${each.until.slice(0, 10)}`]),
    ].join(" "),
  );
}

test("a coupon is applied and taken away, each once, and keeps the version that was applied", async () => {
  await counter.admin.advanceClock("2023-11-10T00:00:00Z");
  const first = await apply("subscriptions/s", { coupon: "fifth" });
  expect(first.body["changes"]).toEqual([{ kind: "CouponApplied", id: "fifth#1" }]);
  expect((await apply("subscriptions/s", { coupon: "fifth" })).body["changes"]).toEqual([]);
  await counter.send("/v1/coupons", { body: { coupon: "fifth", percent_off: 30 } });
  await apply("customers/c", { coupon: "fifth", at: "2023-12-01T00:00:00Z" });
  expect(await applied("subscriptions/s")).toEqual([
    "fifth#1 v1 subscription s from 2023-11-10",
    "fifth#2 v2 customer c from 2023-12-01",
  ]);
  const remove = () =>
    counter.send("/v1/subscriptions/s/coupons/fifth/remove", { body: { at: "period_end" } });
  expect((await remove()).body["changes"]).toEqual([{ kind: "CouponApplied", id: "fifth#1" }]);
  expect((await remove()).body["changes"]).toEqual([]);
  await counter.restart();
  expect(await applied("customers/c")).toEqual([
    "fifth#1 v1 subscription s from 2023-11-10 until 2023-12-01",
    "fifth#2 v2 customer c from 2023-12-01",
  ]);
});

test("a coupon whose periods are over can be applied again", async () => {
  await apply("subscriptions/s", { coupon: "fifth" });
  await counter.admin.advanceClock("2024-01-20T00:00:00Z");
  expect((await apply("subscriptions/s", { coupon: "fifth" })).body["changes"]).toEqual([]);
  await counter.admin.advanceClock("2024-02-02T00:00:00Z");
  const again = await apply("subscriptions/s", { coupon: "fifth" });
  expect(again.body["changes"]).toEqual([{ kind: "CouponApplied", id: "fifth#2" }]);
});

test("a coupon that cannot be applied is refused with the field and what to do", async () => {
  await counter.admin.advanceClock("2023-12-10T00:00:00Z");
  const refused = async (whose: string, body: object) => {
    const answer = await apply(whose, body);
    return `${answer.status} ${String(answer.body["detail"])}`;
  };
  expect(await refused("subscriptions/s", {})).toBe("400 coupon: it is required");
  expect(await refused("subscriptions/s", { coupon: "none" })).toContain("there is no coupon none");
  expect(await refused("subscriptions/s", { coupon: "ten" })).toContain(
    "customer c is billed in USD",
  );
  expect(await refused("subscriptions/s", { coupon: "short" })).toContain("until 2023-11-05");
  expect(await refused("subscriptions/s", { coupon: "other" })).toContain(
    "the subscription is on a",
  );
  const closed = { coupon: "fifth", at: "2023-11-20T00:00:00Z" };
  for (const whose of ["subscriptions/s", "customers/c"])
    expect(await refused(whose, closed)).toContain(
      "what is before 2023-12-01T00:00:00Z may be billed",
    );
  expect(await refused("customers/c", { coupon: "fifth", at: "period_end" })).toContain(
    "no period",
  );
  expect((await apply("customers/c", { coupon: "few" })).status).toBe(200);
  expect(await refused("subscriptions/s", { coupon: "few" })).toContain("raise redemptions_max");
  const none = await counter.send("/v1/subscriptions/s/coupons/fifth/remove", { body: {} });
  expect(String(none.body["detail"])).toContain("has no coupon fifth");
  await counter.send("/v1/coupons/fifth/archive", { body: {} });
  expect(await refused("subscriptions/s", { coupon: "fifth" })).toContain("archived");
  for (const nobody of ["subscriptions/nobody", "customers/nobody"])
    expect((await apply(nobody, { coupon: "fifth" })).status).toBe(404);
  expect((await counter.send("/v1/subscriptions/nobody/coupons")).status).toBe(404);
});
