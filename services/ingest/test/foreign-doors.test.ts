import { emptyCatalog, evolve, type Catalog, type CatalogFact } from "@tallybook/catalog";
import type { OutRecord } from "@tallybook/log";
import {
  createHttpServer,
  createLogger,
  createMetrics,
  listen,
  type HttpServer,
} from "@tallybook/service";
import type { RawFact } from "@tallybook/usage";
import { decode } from "@tallybook/wire";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createIngestMetrics } from "../src/metrics.ts";
import { addDoorRoutes, errorBody, parseBody } from "../src/routes.ts";
import { addSessionRoute, createKeys } from "../src/sessions.ts";
import { key, settings } from "./catalog-facts.ts";

const start = Date.UTC(2026, 10, 21) * 1_000;
const second = 1_000_000;
const form = "application/x-www-form-urlencoded";
const meterEvent = "event_name=t&payload[stripe_customer_id]=c&payload[value]=1";

let catalog: Catalog;
let now: number;
let isReady: boolean;
let kept: OutRecord[];
let servers: HttpServer[];
let url: string;

beforeEach(async () => {
  const facts = [
    { ...settings(null), simulated: false },
    key("producer-key", "producer"),
    key("analyst-key", "analyst"),
  ];
  catalog = emptyCatalog();
  for (const [offset, fact] of facts.entries()) evolve(catalog, fact as CatalogFact, offset);
  now = start;
  isReady = true;
  kept = [];
  servers = [];
  url = await instance();
});

afterEach(async () => {
  for (const server of servers) await server.close();
});

/** One ingest of the deployment. */
async function instance(): Promise<string> {
  const logger = createLogger("ingest", () => {});
  const server = createHttpServer({ logger, bodyBytesMax: 1_024, parseBody, errorBody });
  servers.push(server);
  const keys = createKeys(
    () => catalog,
    () => now,
  );
  addSessionRoute(server, { keys });
  addDoorRoutes(server, {
    accessAt: keys.accessAt,
    folds: {
      catalog: () => catalog,
      now: () => now,
      window: () => ({ time: now, lower_bound: null, ahead_seconds: 3_600 }),
      untilAtBarriers: async () => true,
      whyNotReady: () => (isReady ? null : "it is starting"),
    },
    gatherer: {
      async deliver(records) {
        kept.push(...records);
        return "acknowledged";
      },
    },
    metrics: createIngestMetrics(createMetrics()),
    failpoint: () => {},
    partitions: 4,
  });
  return listen(server, { port: 0 });
}

async function post(
  path: string,
  body: string,
  { at = url, ...headers }: Readonly<Record<string, string>> = {},
) {
  const response = await fetch(at + path, {
    method: "POST",
    body,
    headers: {
      authorization: "Bearer producer-key",
      "content-type": "application/json",
      ...headers,
    },
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : (JSON.parse(text) as unknown) };
}

function facts(): RawFact[] {
  return kept.map(({ value }) => decode(value) as RawFact);
}

test("whatever goes wrong at Stripe's paths, the answer has the member that its SDK takes for an error", async () => {
  const path = "/v1/billing/meter_events";
  const asForm = { "content-type": form };
  isReady = false;
  const answers = [await post(path, meterEvent, asForm)];
  isReady = true;
  answers.push(
    await post(path, meterEvent, { ...asForm, authorization: "Bearer unknown" }),
    await post(path, meterEvent, { ...asForm, authorization: "Bearer analyst-key" }),
    await post(path, meterEvent, { "content-type": "text/html" }),
    await post(path, "event_name=t", asForm),
    await post(path, "a=1&a=2", asForm),
    await post(path, `a=${"x".repeat(9_000_000)}`, asForm),
    await post(`${path}?backfill=none`, meterEvent, asForm),
    await post("/v2/billing/meter_event_stream", '{"events":[{}]}'),
    await post("/v2/billing/meter_event_session", "{}", { authorization: "Bearer unknown" }),
  );
  expect(answers.map(({ status }) => status)).toEqual([
    503, 401, 403, 415, 400, 400, 413, 409, 400, 401,
  ]);
  for (const { body } of answers)
    expect(body).toEqual({ error: expect.objectContaining({ message: expect.any(String) }) });
  expect(answers[4]?.body).toMatchObject({ error: { code: "missing", param: "payload" } });
});

test("a meter event without an identifier and without a key is one of its own each time that it comes", async () => {
  for (let times = 0; times < 2; times += 1)
    await post("/v1/billing/meter_events", meterEvent, { "content-type": form });
  const ids = facts().map((fact) => (fact.kind === "UsageReported" ? fact.id : fact.kind));
  expect(new Set(ids).size).toBe(2);
  const again = { "content-type": form, "idempotency-key": "k-1" };
  for (let times = 0; times < 2; times += 1)
    await post("/v1/billing/meter_events", meterEvent, again);
  expect(facts().slice(2)).toMatchObject([{ id: "k-1" }, { id: "k-1" }]);
});

test("a session opens the stream of every instance for 15 minutes, as long as its key is good, and nothing else", async () => {
  const other = await instance();
  const { body } = await post("/v2/billing/meter_event_session", "{}");
  const { authentication_token: token, expires_at } = body as Record<string, string>;
  expect(Date.parse(expires_at ?? "") * 1_000 - now).toBe(15 * 60 * second);
  const event =
    '{"events":[{"event_name":"t","payload":{"stripe_customer_id":"c","value":"1"},"identifier":"i"}]}';
  const authorization = `Bearer ${token}`;
  const stream = (at: string) =>
    post("/v2/billing/meter_event_stream", event, { at, authorization });
  expect(await stream(other)).toEqual({ status: 200, body: {} });
  expect(facts()).toMatchObject([{ id: "i", tenant: "acme", api_key: "producer-key" }]);
  const elsewhere = '{"event_name":"t","payload":{"stripe_customer_id":"c","value":"1"}}';
  expect(await post("/v2/billing/meter_events", elsewhere, { authorization })).toMatchObject({
    status: 401,
  });
  now = start + (15 * 60 - 1) * second;
  expect(await stream(url)).toMatchObject({ status: 200 });
  now = start + 15 * 60 * second;
  expect(await stream(url)).toMatchObject({ status: 401 });
  now = start;
  const revoked: CatalogFact = {
    kind: "ApiKeyRevoked",
    tenant: "acme",
    recorded_at: now,
    actor: "system",
    api_key: "producer-key",
    at: null,
  };
  evolve(catalog, revoked, 3);
  expect(await stream(url)).toMatchObject({ status: 401 });
});

test("the password of Basic is a key, as Langfuse's SDK sends it", async () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
  const path = "/api/public/otel/v1/traces";
  const statuses = [];
  for (const text of [
    "pk-lf-1:producer-key",
    "pk-lf-1:unknown",
    "producer-key",
    ":",
    "pk:analyst-key",
  ])
    statuses.push((await post(path, "{}", { authorization: basic(text) })).status);
  expect(statuses).toEqual([200, 401, 401, 401, 403]);
});

test("of a call that cannot be read nothing is kept but that it came", async () => {
  expect(await post("/v1/litellm", '{"messages":"SECRET')).toMatchObject({ status: 400 });
  const calls = JSON.stringify([
    { litellm_call_id: "a", end_user: "c", messages: "SECRET" },
    { litellm_call_id: "b", messages: "SECRET", response: { a: "SECRET" } },
  ]);
  expect(await post("/v1/litellm", calls)).toEqual({
    status: 200,
    body: { accepted: 1, refused: 1 },
  });
  expect(facts().map(({ kind }) => kind)).toEqual([
    "UsageRefused",
    "UsageReported",
    "UsageRefused",
  ]);
  for (const { value } of kept)
    expect(Buffer.from(value).toString("latin1")).not.toContain("SECRET");
});

test("32 MiB are a body of LiteLLM, and more are not", async () => {
  const call = { litellm_call_id: "a", end_user: "c", messages: "x".repeat(31 * 1024 * 1024) };
  expect(await post("/v1/litellm", JSON.stringify([call]))).toMatchObject({ status: 200 });
  call.messages = "x".repeat(32 * 1024 * 1024);
  expect(await post("/v1/litellm", JSON.stringify([call]))).toMatchObject({ status: 413 });
});

test("what a spooler forwards was received when the spooler says, unless that is to come", async () => {
  const event = '{"id":"1","type":"t","customer":"c"}';
  for (const said of ["2026-11-20T23:00:00Z", "2026-11-21T00:00:01Z", "yesterday"])
    await post("/v1/events", event, { "tallybook-received-at": said });
  expect(facts().map((fact) => (fact.kind === "UsageReported" ? fact.received_at : null))).toEqual([
    start - 3_600 * second,
    start,
    start,
  ]);
});

test("metrics of OTLP are refused with why, and without a Retry-After", async () => {
  expect(await post("/v1/metrics", "{}")).toEqual({
    status: 415,
    body: { code: 3, message: expect.stringContaining("have no ids") },
  });
});
