import { afterEach, beforeEach, expect, test } from "vitest";
import { openCounter, type Counter } from "./counter.ts";

let counter: Counter;

beforeEach(async () => {
  counter = await openCounter();
  const flat = (plan: string) => ({
    plan,
    currency: "USD",
    prices: [{ price: "base", model: "flat", amount: "10" } as const],
  });
  await counter.admin.apply({
    plans: [flat("a"), flat("b"), flat("extra")],
    customers: [{ customer: "c" }],
    subscriptions: [
      {
        subscription: "s",
        customer: "c",
        plan: "a",
        start: "2023-11-01T00:00:00Z",
        trial: { days: 7 },
        phases: [{ at: "2024-01-01T00:00:00Z", add_ons: ["extra"] }],
      },
    ],
  });
});

afterEach(() => counter.close());

/** As `2023-11-01 a x1 fixed_fees`: from when on it is on what. */
async function timeline(): Promise<string[]> {
  const { timeline: parts } = await counter.admin.getSubscription("s");
  return parts.map(({ from, plan, quantity, add_ons, paused, covered }) =>
    [
      from.slice(0, 10),
      plan,
      `x${quantity}`,
      ...add_ons.map((each) => `+${each.plan}`),
      ...(paused ? ["paused"] : []),
      ...(covered === "nothing" ? [] : [covered]),
    ].join(" "),
  );
}

async function status(): Promise<string> {
  return (await counter.admin.getSubscription("s")).status;
}

test("a subscription is changed, paused, resumed and cancelled, and tells how it stands", async () => {
  expect(await status()).toBe("trialing");
  await counter.admin.advanceClock("2023-11-10T00:00:00Z");
  expect(await status()).toBe("active");
  const { changes } = await counter.admin.changeSubscription("s", { plan: "b", quantity: 3 });
  expect(changes).toEqual([{ kind: "SubscriptionChanged", id: "s" }]);
  await counter.admin.pauseSubscription("s", { at: "period_end" });
  await counter.admin.resumeSubscription("s", { at: "2023-12-24T00:00:00Z" });
  expect(await timeline()).toEqual([
    "2023-11-01 a x1 fixed_fees",
    "2023-11-08 a x1",
    "2023-11-10 b x3",
    "2023-12-01 b x3 paused",
    "2023-12-24 b x3",
    "2024-01-01 b x3 +extra",
  ]);
  await counter.admin.advanceClock("2023-12-02T00:00:00Z");
  expect(await status()).toBe("paused");
  await counter.admin.cancelSubscription("s", { at: "2023-12-20T00:00:00Z" });
  await counter.admin.advanceClock("2023-12-20T00:00:00Z");
  expect(await counter.admin.getSubscription("s")).toMatchObject({
    status: "ended",
    plan: "b",
    quantity: "3",
    end: "2023-12-20T00:00:00Z",
  });
});

test("a trial ends earlier when somebody says so", async () => {
  await counter.admin.advanceClock("2023-11-05T00:00:00Z");
  await counter.admin.changeSubscription("s", { covered: "nothing" });
  expect(await timeline()).toEqual([
    "2023-11-01 a x1 fixed_fees",
    "2023-11-05 a x1",
    "2024-01-01 a x1 +extra",
  ]);
});

test("a refused command names the field and what to do", async () => {
  await counter.admin.advanceClock("2023-12-10T00:00:00Z");
  const refused = async (command: string, body: object) => {
    const answer = await counter.send(`/v1/subscriptions/s/${command}`, { body });
    return `${answer.status} ${String(answer.body["detail"])}`;
  };
  const at = "2023-11-20T00:00:00Z";
  const closed =
    "400 at: what is before 2023-12-01T00:00:00Z may be billed: it can change from then on; what was billed wrongly is put right by an adjustment (POST /v1/adjustments)";
  for (const command of ["pause", "cancel"]) expect(await refused(command, { at })).toBe(closed);
  expect(await refused("change", { plan: "b", at })).toBe(closed);
  expect(await refused("end", { end: at })).toBe(closed.replace("at:", "end:"));
  expect(await refused("change", {})).toContain("plan: say what changes");
  expect(await refused("change", { plan: "z" })).toContain("plan: there is no plan z");
  expect(await refused("change", { plan: "b", at: "soon" })).toContain("at: it must be now");
  expect(await refused("resume", {})).toContain("at: the subscription is not paused");
  expect(await refused("cancel", { when: "now" })).toContain("when: there is no such field");
  const nobody = await counter.send("/v1/subscriptions/nobody/pause", { body: {} });
  expect(nobody.status).toBe(404);
});

test("what was known of a subscription is answered the same for ever, whatever becomes of it", async () => {
  await counter.admin.advanceClock("2023-11-10T00:00:00Z");
  const { catalog_offset } = await counter.admin.changeSubscription("s", { plan: "b" });
  const queries = [
    "?known_at=2023-11-09T00:00:00Z",
    `?known_at=${catalog_offset}`,
    `?known_at=${catalog_offset}&as_of=2023-11-02T00:00:00Z`,
    "?known_at=2023-11-10T00:00:00Z&as_of=2024-02-01T00:00:00Z",
  ];
  const ask = () =>
    Promise.all(queries.map((query) => counter.send(`/v1/subscriptions/s${query}`)));
  const before = await ask();
  expect(before.map(({ body }) => `${body["plan"]} ${body["status"]}`)).toEqual([
    "a active",
    "b active",
    "a trialing",
    "b active",
  ]);
  await counter.admin.advanceClock("2023-11-20T00:00:00Z");
  await counter.admin.pauseSubscription("s");
  await counter.admin.cancelSubscription("s", { at: "period_end" });
  await counter.admin.advanceClock("2024-02-20T00:00:00Z");
  expect(await ask()).toEqual(before);
  await counter.restart();
  expect(await ask()).toEqual(before);
});

test("the same command twice is one change", async () => {
  await counter.admin.advanceClock("2023-11-10T00:00:00Z");
  const pause = () => counter.send("/v1/subscriptions/s/pause", { body: {} });
  expect((await pause()).body["changes"]).toHaveLength(1);
  expect((await pause()).body["changes"]).toEqual([]);
  expect(await timeline()).toEqual([
    "2023-11-01 a x1 fixed_fees",
    "2023-11-08 a x1",
    "2023-11-10 a x1 paused",
    "2024-01-01 a x1 +extra paused",
  ]);
});
