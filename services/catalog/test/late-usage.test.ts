import { afterEach, beforeEach, expect, test } from "vitest";
import { openCounter, type Counter } from "./counter.ts";

let counter: Counter;

beforeEach(async () => {
  counter = await openCounter();
});

afterEach(() => counter.close());

const path = "/v1/late-usage";
const policy = {
  treatment: "bill_now",
  write_off_below: [
    { currency: "USD", amount: "0.50" },
    { currency: "JPY", amount: 30 },
  ],
  reason: "a stamp costs more",
};

test("late usage waits until somebody says something else, with a reason and from when on", async () => {
  const before = await counter.send(path);
  expect(before.body).toMatchObject({ treatment: "next_invoice", version: 0, versions: [] });
  const effective_at = "2023-11-05T00:00:00Z";
  const said = await counter.send(path, { method: "PUT", body: { ...policy, effective_at } });
  expect(said.status).toBe(200);
  // It holds from then on, and is known now.
  expect(said.body).toMatchObject({ treatment: "next_invoice", version: 0 });
  const versions = [{ version: 1, effective_at, said_by: "first-admin", reason: policy.reason }];
  expect((await counter.send(`${path}?as_of=${effective_at}`)).body).toMatchObject({
    treatment: "bill_now",
    version: 1,
    write_off_below: [
      { currency: "JPY", amount: "30" },
      { currency: "USD", amount: "0.5" },
    ],
    versions,
  });
  // Said again, nothing is new.
  await counter.send(path, { method: "PUT", body: { ...policy, effective_at } });
  expect((await counter.send(path)).body).toMatchObject({ versions });
});

test("a policy without a reason, of another time or of amounts that are none, is refused with the field", async () => {
  const refused = async (body: object) => {
    const { status, body: said } = await counter.send(path, { method: "PUT", body });
    const errors = (said["errors"] ?? []) as readonly { field: string; reason: string }[];
    return [status, ...errors.map(({ field, reason }) => `${field}: ${reason}`)];
  };
  const { reason: _, ...without } = policy;
  const below = (currency: string, amount: string) => ({
    ...policy,
    write_off_below: [{ currency, amount }],
  });
  expect(await refused(without)).toEqual([400, "reason: missing"]);
  expect(await refused({ ...policy, treatment: "forget" })).toEqual([
    400,
    "treatment: not_an_option",
  ]);
  expect(await refused({ ...policy, effective_at: "2023-10-01T00:00:00Z" })).toEqual([
    400,
    "effective_at: in_the_past",
  ]);
  for (const amount of ["0", "-1", "x"])
    expect(await refused(below("USD", amount))).toEqual([
      400,
      "write_off_below[0].amount: not_an_amount",
    ]);
  expect(await refused(below("XXL", "1"))).toEqual([
    400,
    "write_off_below[0].currency: unknown_currency",
  ]);
});

test("a conflict is dismissed once, and keeps its first reason", async () => {
  const dismiss = (id: string, reason: string) =>
    counter.send(`/v1/conflicts/${id}/dismissal`, { method: "POST", body: { reason } });
  const first = await dismiss("2-117", "a replay of staging");
  expect(first.body).toMatchObject({ conflict: "2-117", reason: "a replay of staging" });
  expect((await dismiss("2-117", "something else")).body).toEqual(first.body);
  expect((await dismiss("two", "why")).status).toBe(400);
});
