import { afterEach, beforeEach, expect, test } from "vitest";
import { openCounter, type Counter } from "./counter.ts";

let counter: Counter;

beforeEach(async () => {
  counter = await openCounter();
});

afterEach(() => counter.close());

function plan(amount: string, effective_at: string | null = null) {
  const prices = [{ price: "fee", model: "flat", amount } as const];
  return { plan: "p", currency: "USD", prices, effective_at };
}

test("as_of tells the version that is in effect then, known_at the one that was known then", async () => {
  await counter.admin.publishPlan(plan("10"));
  await counter.admin.advanceClock("2023-11-10T00:00:00Z");
  // Known from the 10th on, in effect from December on.
  await counter.admin.publishPlan(plan("12", "2023-12-01T00:00:00Z"));
  await counter.admin.advanceClock("2023-11-20T00:00:00Z");
  const amountAt = async (query: string) => {
    const { body } = await counter.send(`/v1/plans/p?${query}`);
    const [price] = body["prices"] as unknown as [{ amount: string }];
    return price.amount;
  };
  expect(await amountAt("as_of=2023-11-15T00:00:00Z")).toBe("10");
  expect(await amountAt("as_of=2023-12-01T00:00:00Z")).toBe("12");
  expect(await amountAt("as_of=2023-12-01T00:00:00Z&known_at=2023-11-09T00:00:00Z")).toBe("10");
  expect(await amountAt("as_of=2023-12-01T00:00:00Z&known_at=2023-11-10T00:00:00Z")).toBe("12");
  expect(await amountAt("known_at=2023-11-09T23:59:59.999999Z")).toBe("10");
});

test("what was known at a moment that has passed is told the same for ever", async () => {
  const { catalog_offset } = await counter.admin.createCustomer({ customer: "a" });
  await counter.admin.publishPlan(plan("10"));
  await counter.admin.advanceClock("2023-11-02T00:00:00Z");
  const paths = ["/v1/customers", "/v1/plans", "/v1/plans/p", "/v1/settings", "/v1/subscriptions"];
  const queries = ["known_at=2023-11-01T12:00:00Z", `known_at=${catalog_offset}`];
  const asked = paths.flatMap((path) => queries.map((query) => `${path}?${query}`));
  const answers = () => Promise.all(asked.map((path) => counter.send(path)));
  const before = await answers();
  await counter.admin.createCustomer({ customer: "b" });
  await counter.admin.publishPlan(plan("11"));
  await counter.admin.setSettings({ grace_seconds: 60 });
  await counter.admin.startSubscription({
    customer: "a",
    plan: "p",
    start: "2023-11-01T00:00:00Z",
  });
  expect(await answers()).toEqual(before);
  await counter.restart();
  expect(await answers()).toEqual(before);
  // The plan came after the customer, at the same time of the clock.
  expect(before.map(({ status }) => status)).toEqual([
    200, 200, 200, 200, 200, 404, 200, 200, 200, 200,
  ]);
});

test("an object that is not in effect then, or not known then, is 404", async () => {
  await counter.admin.advanceClock("2023-11-05T00:00:00Z");
  await counter.admin.createCustomer({ customer: "late" });
  expect((await counter.send("/v1/customers/late")).status).toBe(200);
  const early = await counter.send("/v1/customers/late?known_at=2023-11-04T00:00:00Z");
  expect(early.status).toBe(404);
  const list = await counter.send("/v1/customers?known_at=2023-11-04T00:00:00Z");
  expect(list.body).toEqual({ customers: [], next: null });
});

test.each([
  ["known_at=2023-11-01T00:00:01Z", "known_at: it is 2023-11-01T00:00:00Z"],
  ["known_at=yesterday", "known_at: it must be a time"],
  ["known_at=4711", "known_at: the last catalog_offset is"],
  ["as_of=", "as_of: it must be given once"],
  ["as_of=1&as_of=2", "as_of: it must be given once"],
  ["limit=0", "limit: it must be a whole number"],
  ["limit=1001", "limit: it must be a whole number"],
  ["after=%21", "after: it is no cursor"],
])("%s is refused with what to do", async (query, detail) => {
  const { status, body } = await counter.send(`/v1/customers?${query}`);
  expect(status).toBe(400);
  expect(body["detail"]).toContain(detail);
});

test("what is archived is so from then on, whatever time its last version holds from", async () => {
  const effective_at = "2023-11-02T00:00:00Z";
  const signed = { contract: "c", customer: "a", signed_on: "2023-10-01", effective_at };
  const start = "2023-11-01T00:00:00Z";
  await counter.admin.apply({ customers: [{ customer: "a" }], plans: [plan("10", effective_at)] });
  await counter.send("/v1/contracts", { body: signed });
  await counter.admin.startSubscription({ customer: "a", plan: "p", start });
  // A period that began under the contract is billed.
  await counter.admin.advanceClock("2024-01-02T00:00:00Z");
  for (const path of ["/v1/contracts/c", "/v1/plans/p"]) {
    const { status, body } = await counter.send(`${path}/archive`, { method: "POST" });
    expect([path, status, body["detail"]]).toEqual([path, 200, undefined]);
    const archivedAt = async (query: string) =>
      (await counter.send(`${path}${query}`)).body["archived"];
    expect(await archivedAt("?as_of=2023-12-31T00:00:00Z")).toBe(false);
    expect(await archivedAt("?as_of=2024-01-02T00:00:00Z")).toBe(true);
    expect(await archivedAt("")).toBe(true);
  }
});

test("what is still to come is archived from when it comes", async () => {
  const effective_at = "2023-12-01T00:00:00Z";
  await counter.send("/v1/products", { body: { product: "p", effective_at } });
  await counter.send("/v1/products/p/archive", { method: "POST" });
  const { body } = await counter.send("/v1/products/p?as_of=2024-01-01T00:00:00Z");
  expect(body).toMatchObject({ archived: true, effective_at });
});

test("a parameter that is misspelt is refused, of one thing as of a list: it would tell what holds today", async () => {
  await counter.admin.createCustomer({ customer: "a" });
  for (const path of ["/v1/customers/a", "/v1/customers", "/v1/export"]) {
    const { status, body } = await counter.send(`${path}?asof=2023-11-01T00:00:00Z`);
    expect([path, status]).toEqual([path, 400]);
    expect(body["errors"]).toMatchObject([
      { field: "asof", detail: expect.stringContaining("known_at") },
    ]);
  }
  const typed = await counter.send("/admin/v1/customers/a?expand=1");
  expect(typed.status).toBe(200);
});

test("pages follow each other without gaps or repeats, whatever is added meanwhile", async () => {
  const names = Array.from({ length: 7 }, (_, index) => `c/${index} ü`);
  await counter.admin.apply({ customers: names.map((customer) => ({ customer })) });
  const seen: string[] = [];
  let after: string | null = null;
  for (let page = 0; page < 9 && (page === 0 || after !== null); page += 1) {
    const listed = await counter.admin.listCustomers({
      limit: 2,
      ...(after !== null && { after }),
    });
    seen.push(...listed.customers.map(({ customer }) => customer));
    after = listed.next;
    if (page === 1) await counter.admin.createCustomer({ customer: "added" });
  }
  expect(seen).toEqual([...names, "added"]);
});
