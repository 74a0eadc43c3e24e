import { randomUUID } from "node:crypto";
import { type ApiKey, createClient } from "@tallybook/client";
import { startStack, type TestStack } from "@tallybook/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openApiOfAll } from "../openapi/document.ts";
import { tally } from "./support/tally.ts";
import { until } from "./support/until.ts";

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack({ clock: "2023-11-01T00:00:00Z" });
});

afterAll(() => stack[Symbol.asyncDispose]());

/** A request of some service itself, or of the one address. */
async function ask(url: string, key: string, given: { body?: unknown; id?: string } = {}) {
  const answer = await fetch(url, {
    method: given.body === undefined ? "GET" : "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      ...(given.id !== undefined && { "idempotency-key": given.id }),
    },
    ...(given.body !== undefined && { body: JSON.stringify(given.body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const event = (of: object) => ({
  id: randomUUID(),
  type: "llm.completion",
  customer: "acme",
  ...of,
});

test("the one address tells of the routes of all services, as they are described", async () => {
  const { status, body } = await ask(`${stack.target.url}/openapi.json`, "");
  expect(status).toBe(200);
  const { paths } = body as unknown as { paths: Record<string, object> };
  const described = Object.keys(openApiOfAll().paths);
  expect(Object.keys(paths)).toEqual(expect.arrayContaining([...described, "/v1/progress"]));
});

test("a revoked key is let in nowhere within five seconds", async () => {
  const admin = createClient(stack.target);
  const { key, api_key } = await admin.createApiKey("admin");
  const { aggregator, catalog, ingest, invoicer, rater } = stack.run().services;
  const doors = [
    [`${catalog}/v1/customers`],
    [`${ingest}/v1/events`, event({})],
    [`${invoicer}/v1/invoices`],
    [`${rater}/v1/journal`],
    [`${aggregator}/v1/usage?meter=none`],
  ] as const;
  const isLetIn = async ([url, body]: (typeof doors)[number]): Promise<boolean> =>
    (await ask(url, key, { body })).status !== 401;
  for (const door of doors)
    await until("the new key", async () => ((await isLetIn(door)) ? true : undefined));
  await admin.revokeApiKey(api_key);
  const revoked = performance.now();
  await Promise.all(
    doors.map((door) =>
      until("the end of the key", async () => ((await isLetIn(door)) ? undefined : true)),
    ),
  );
  expect(performance.now() - revoked).toBeLessThan(5_000);
});

test("a producer's key sends what it is limited to, and nothing else", async () => {
  const admin = createClient(stack.target);
  const meter = { meter: "requests", event_type: "api.request", aggregation: "count" } as const;
  await admin.publishMeter(meter);
  const { key } = await admin.createApiKey("producer", {
    customers: ["acme"],
    meters: ["requests"],
  });
  const url = `${stack.target.url}/v1/events`;
  const taken = event({ type: "api.request" });
  const accepted = await until("the new key", async () => {
    const answer = await ask(url, key, { body: taken });
    return answer.status === 401 ? undefined : answer;
  });
  expect(accepted).toMatchObject({ status: 200, body: { status: "accepted" } });
  expect(
    await ask(url, key, { body: event({ type: "api.request", customer: "other" }) }),
  ).toMatchObject({
    status: 403,
    body: { field: "customer", reason: "not_in_scope", detail: expect.stringContaining("other") },
  });
  const batch = [event({ type: "api.request" }), event({})];
  expect(await ask(`${url}/batch`, key, { body: batch })).toMatchObject({
    status: 200,
    body: { accepted: 1, refused: 1, results: [{}, { field: "type", reason: "not_in_scope" }] },
  });
});

test("the keys are made, listed, rotated and revoked at the command line", async () => {
  const here = ["--url", stack.target.url, "--admin-key", stack.target.key];
  const say = (...line: string[]) => tally(["keys", ...line, ...here]);
  const limited = [
    "--role",
    "producer",
    "--customer",
    "acme",
    "--event-type",
    "a",
    "--event-type",
    "b",
  ];
  expect((await say("create", ...limited)).out).toMatch(/^tally_\S+\n$/);
  const listed = JSON.parse((await say("list", "--json")).out) as ApiKey[];
  const made = listed.at(-1);
  expect(made).toMatchObject({ role: "producer", customers: ["acme"], event_types: ["a", "b"] });
  const id = made?.api_key ?? "";
  expect((await say("rotate", id, "--until", "2023-11-02T00:00:00Z")).code).toBe(0);
  expect((await say("revoke", id)).out).toBe(`${id} is let in no more\n`);
  expect((await say("list")).out).toMatch(new RegExp(`${id} +producer .* revoked +acme, a, b`));
  expect(await say("rotate", "nobody")).toMatchObject({
    code: 1,
    err: expect.stringContaining("nobody"),
  });
});

test("a command that was answered is not carried out again, although the service died in between", async () => {
  const { url, key } = stack.target;
  const given = { body: { customer: "once" }, id: "create-once" };
  const first = await ask(`${url}/v1/customers`, key, given);
  expect(first).toMatchObject({ status: 200, body: { changes: [{ id: "once" }] } });
  await stack.signal("catalog", "SIGKILL");
  await stack.pidOf("catalog");
  await stack.untilReady();
  expect(await ask(`${url}/v1/customers`, key, given)).toEqual(first);
  const other = await ask(`${url}/v1/customers`, key, { ...given, body: { customer: "twice" } });
  expect(other.status).toBe(422);
});

test("what another tenant has is 404 by every service", async () => {
  const admin = createClient(stack.target);
  const { admin_key } = await admin.createTenant("stranger");
  await admin.createCustomer({ customer: "ours" });
  const paths = [
    "/v1/customers/ours",
    "/v1/meters/requests",
    "/v1/invoices/INV-000001",
    "/v1/invoices/INV-000001/evidence",
  ];
  for (const path of paths) {
    const answer = await until("the new key", async () => {
      const given = await ask(stack.target.url + path, admin_key.key);
      return given.status === 401 ? undefined : given;
    });
    expect([path, answer.status]).toEqual([path, 404]);
  }
  const journal = await ask(`${stack.target.url}/v1/journal`, admin_key.key);
  expect(journal.body).toEqual({ transactions: [], next: null });
});
