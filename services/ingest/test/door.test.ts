import { authenticate } from "@tallybook/catalog";
import { createMemoryLog, LogUnavailable, type MemoryLog, type OutRecord } from "@tallybook/log";
import {
  createAccess,
  createHttpServer,
  createLogger,
  createMetrics,
  type HttpServer,
} from "@tallybook/service";
import { identityKey, partitionOf, type RawFact, usualBodyBytesMax } from "@tallybook/usage";
import { decode, encode, topics, type Fact } from "@tallybook/wire";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openFolds, type Folds } from "../src/folds.ts";
import { createGatherer, type Gatherer } from "../src/gather.ts";
import { createIngestMetrics } from "../src/metrics.ts";
import { addDoorRoutes, parseBody } from "../src/routes.ts";
import { clock, key, settings } from "./catalog-facts.ts";

const partitions = 4;
const day = 86_400_000_000;

let log: MemoryLog;
let folds: Folds;
let gatherer: Gatherer;
let server: HttpServer;
let isKafkaAway: boolean;
let spoolOutcome: "kept" | "full" | "failing";
let kept: OutRecord[];

beforeEach(async () => {
  isKafkaAway = false;
  spoolOutcome = "kept";
  kept = [];
  log = createMemoryLog();
  await log.prepareTopics([
    { topic: topics.usageRaw, partitions },
    { topic: topics.cuts, partitions: 1 },
    { topic: topics.catalog, partitions: 1 },
  ]);
  await append(topics.catalog, [
    settings(35 * 86_400),
    { kind: "ClockAdvanced", tenant: "", recorded_at: clock, actor: "system", time: clock },
    key("admin-key", "admin"),
    key("producer-key", "producer"),
    key("analyst-key", "analyst"),
  ]);
  folds = await openFolds(log, { partitions, wallClock: () => 0, idleMs: 1, barriersMsMax: 20 });
  gatherer = createGatherer({
    openProducer: async () => {
      const producer = await log.producer();
      return {
        ...producer,
        send: (records) =>
          isKafkaAway ? Promise.reject(new LogUnavailable("away")) : producer.send(records),
      };
    },
    keep: async (records) => {
      if (spoolOutcome === "kept") kept.push(...records);
      return spoolOutcome;
    },
    bytesMax: 800_000,
    patienceMs: 200,
    onAway: () => {},
    onProduced: () => {},
    onFailure: () => {},
  });
  const logger = createLogger("ingest", () => {});
  server = createHttpServer({ logger, bodyBytesMax: 1_024, parseBody });
  addDoorRoutes(server, {
    accessAt: () => createAccess((sha256Hex) => authenticate(folds.catalog(), sha256Hex, 0)),
    folds,
    gatherer,
    metrics: createIngestMetrics(createMetrics()),
    failpoint: () => {},
    partitions,
  });
});

afterEach(async () => {
  await server.close();
  await gatherer.close();
  await folds.close();
});

test("before the first cut is placed nothing is taken", async () => {
  const answer = await post("/v1/events", event("1"));
  expect(answer).toMatchObject({ status: 503, type: "application/problem+json" });
  expect(answer.retryAfter).toBe("1");
});

test("a single event lies in its identity's partition before it is answered", async () => {
  await placeCut(0, clock);
  expect(await post("/v1/events", event("1"))).toMatchObject({
    status: 200,
    body: { id: "1", status: "accepted" },
  });
  const key = identityKey("acme", "", "1");
  const [record] = log.recordsOf(topics.usageRaw, partitionOf(key, partitions));
  expect(record?.key).toEqual(key);
  expect(rawFacts()).toMatchObject([
    {
      kind: "UsageReported",
      tenant: "acme",
      id: "1",
      received_at: clock,
      door: "native",
      api_key: "producer-key",
    },
  ]);
});

test("a readable batch is answered item by item, and what is refused is kept with its bytes", async () => {
  await placeCut(0, clock);
  const text = `{"events": [
    ${event("1")}, {"id":"2","type":"t","customer":"c","price": 1.10}, 7,
    {"id":"3","type":"t","customer":"c","time":"2023-10-01T00:00:00Z"},
    {"id":"4","type":"t","customer":"c","time":"2023-11-16T01:00:00.000001Z"},
    {"id":"5","type":"t","customer":"c","time":"2023-11-16T01:00:00Z"}
  ]}`;
  const answer = await post("/v1/events/batch", text);
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    results: [
      { index: 0, id: "1", status: "accepted" },
      { index: 1, id: "2", status: "refused", field: "price", reason: "unknown_field" },
      { index: 2, status: "refused", field: null, reason: "not_an_object" },
      { index: 3, id: "3", status: "refused", field: "time", reason: "too_old" },
      { index: 4, id: "4", status: "refused", field: "time", reason: "too_far_ahead" },
      { index: 5, id: "5", status: "accepted" },
    ],
    accepted: 2,
    refused: 4,
  });
  const refused = rawFacts().filter((fact) => fact.kind === "UsageRefused");
  expect(refused.map(({ bytes }) => Buffer.from(bytes).toString()).toSorted()).toEqual([
    "7",
    '{"id":"2","type":"t","customer":"c","price": 1.10}',
    '{"id":"3","type":"t","customer":"c","time":"2023-10-01T00:00:00Z"}',
    '{"id":"4","type":"t","customer":"c","time":"2023-11-16T01:00:00.000001Z"}',
  ]);
});

test("a batch is a bare list as well, and an empty one is fine", async () => {
  await placeCut(0, clock);
  expect(await post("/v1/events/batch", `[${event("1")}]`)).toMatchObject({
    status: 200,
    body: { accepted: 1 },
  });
  expect(await post("/v1/events/batch", "[]")).toMatchObject({
    status: 200,
    body: { results: [] },
  });
});

test("where no item is good the answer is a problem with the same results", async () => {
  await placeCut(0, clock);
  expect(await post("/v1/events/batch", '[{"id":"1"},2]')).toMatchObject({
    status: 400,
    type: "application/problem+json",
    body: {
      results: [{ id: "1", field: "type", reason: "missing" }, { index: 1 }],
      accepted: 0,
      refused: 2,
    },
  });
  expect(await post("/v1/events", '{"id":"1","type":"t","customer":""}')).toMatchObject({
    status: 400,
    body: { field: "customer", reason: "empty", detail: "customer: is empty" },
  });
});

test.each([
  ["no JSON", Buffer.from('{"id": NaN}'), "not_json"],
  ["nothing", Buffer.alloc(0), "not_json"],
  ["UTF-16", Buffer.from('{"id":"1"}', "utf16le"), "not_json"],
  ["half a character", Buffer.from([0x22, 0xc3, 0x22]), "not_utf8"],
  ["another list's name", Buffer.from('{"items":[]}'), "not_a_batch"],
  ["more than the list", Buffer.from('{"events":[],"more":1}'), "not_a_batch"],
])("%s is refused as a whole and kept", async (_what, bytes, reason) => {
  await placeCut(0, clock);
  expect(await post("/v1/events/batch", bytes)).toMatchObject({
    status: 400,
    body: { reason, results: [] },
  });
  const [fact] = rawFacts();
  expect(fact).toMatchObject({ kind: "UsageRefused", tenant: "acme", reason });
  expect(fact?.kind === "UsageRefused" && Buffer.from(fact.bytes)).toEqual(bytes);
});

test("one hostile item does not take the good ones of its batch with it", async () => {
  await placeCut(0, clock);
  const hostile = [
    '{"id":"1","type":"t","customer":"c","properties":{"n":1e400}}',
    '{"id":"\\u0000","type":"t","customer":"c"}',
    '{"id":"\\ud800","type":"t","customer":"c"}',
    '{"__proto__":{"id":"1"},"type":"t","customer":"c"}',
    `{"id":"deep","type":"t","customer":"c","properties":{"p":${"[".repeat(10_000)}${"]".repeat(10_000)}}}`,
    `{"id":"long","type":"t","customer":"c","properties":{"p":"${"x".repeat(5_000_000)}"}}`,
  ];
  const good =
    '{"id":"ok","type":"t","customer":"c","properties":{"n":9223372036854775808,"z":-0}}';
  const answer = await post("/v1/events/batch", `\ufeff[${[...hostile, good].join(",")}]`);
  expect(answer).toMatchObject({ status: 200, body: { accepted: 1, refused: hostile.length } });
  const reasons = (answer.body["results"] as { reason?: string }[]).map(({ reason }) => reason);
  expect(reasons).toEqual([
    "number_out_of_range",
    "control_character",
    "lone_surrogate",
    "forbidden_name",
    "nested_too_deep",
    "too_long",
    undefined,
  ]);
  const facts = rawFacts();
  expect(facts.find((fact) => fact.kind === "UsageReported")).toMatchObject({
    properties: { n: "9223372036854775808", z: "0" },
  });
  const kept = facts.flatMap((fact) => (fact.kind === "UsageRefused" ? [fact.bytes.length] : []));
  expect(Math.max(...kept)).toBe(64 * 1024);
});

test("unknown keys, other roles, other forms and too much are turned away, and nothing is kept", async () => {
  await placeCut(0, clock);
  const body = event("1");
  expect(await post("/v1/events", body, { "x-api-key": "nobody" })).toMatchObject({ status: 401 });
  expect(await post("/v1/events", body, { "x-api-key": "analyst-key" })).toMatchObject({
    status: 403,
  });
  expect(await post("/v1/events", body, { "content-type": "text/csv" })).toMatchObject({
    status: 415,
  });
  expect(await post("/v1/events", body, { "content-encoding": "zstd" })).toMatchObject({
    status: 415,
  });
  const items = Array.from({ length: 10_001 }, () => body).join(",");
  expect(await post("/v1/events/batch", `[${items}]`)).toMatchObject({ status: 413 });
  const large = Buffer.alloc(usualBodyBytesMax + 1, " ");
  expect(await post("/v1/events/batch", large)).toMatchObject({ status: 413 });
  expect(rawFacts()).toEqual([]);
});

test("a revoked key is unknown from then on", async () => {
  await placeCut(0, clock);
  await append(topics.catalog, [
    {
      kind: "ApiKeyRevoked",
      tenant: "acme",
      recorded_at: clock,
      actor: "admin-key",
      api_key: "producer-key",
      at: null,
    },
  ]);
  await expect.poll(async () => (await post("/v1/events", event("1"))).status).toBe(401);
});

test("while Kafka is away an event is accepted when it is in the spool, as it came in", async () => {
  await placeCut(0, clock);
  isKafkaAway = true;
  expect(await post("/v1/events", event("1"))).toMatchObject({
    status: 200,
    body: { id: "1", status: "accepted" },
  });
  expect(kept.map(({ value }) => decode(value))).toMatchObject([
    { kind: "UsageReported", id: "1", received_at: clock },
  ]);
  expect(rawFacts()).toEqual([]);
});

test.each([
  ["full", "the spool is full"],
  ["failing", "takes nothing"],
] as const)(
  "with a spool that is %s nothing is claimed, and the client is told to come again",
  async (state, why) => {
    await placeCut(0, clock);
    isKafkaAway = true;
    spoolOutcome = state;
    const answer = await post("/v1/events", event("1"));
    expect(answer).toMatchObject({ status: 503, retryAfter: "1" });
    expect(answer.body["detail"]).toContain(why);
  },
);

test("simulated time that moves on moves the window at once", async () => {
  await placeCut(0, clock);
  const old = '{"id":"1","type":"t","customer":"c","time":"2023-10-20T00:00:00Z"}';
  expect((await post("/v1/events", old)).status).toBe(200);
  const time = clock + 10 * day;
  await append(topics.catalog, [
    { kind: "ClockAdvanced", tenant: "", recorded_at: clock, actor: "a", time },
  ]);
  await expect.poll(async () => (await post("/v1/events", old)).body["reason"]).toBe("too_old");
});

test("a wider window grows from the bound it had", async () => {
  await placeCut(0, clock);
  await append(topics.catalog, [settings(null)]);
  await placeCut(1, clock);
  const old = (time: string): string =>
    `{"id":"${time}","type":"t","customer":"c","time":"${time}"}`;
  await expect.poll(() => folds.window()).toMatchObject({ lower_bound: clock - 35 * day });
  expect((await post("/v1/events", old("2023-10-12T00:00:00Z"))).status).toBe(200);
  expect((await post("/v1/events", old("2023-10-11T23:59:59.999999Z"))).body).toMatchObject({
    reason: "too_old",
  });
});

test("what is on the catalog is at the barriers once a cut that knows of it is placed everywhere", async () => {
  await placeCut(0, clock);
  const offset = log.recordsOf(topics.catalog, 0).length;
  await append(topics.catalog, [settings(null)]);
  const opened = { cut: 1, time: clock, catalog_offset: offset + 1, spools: [], complete: true };
  await append(topics.cuts, [{ kind: "CutOpened", ...opened }]);
  expect(await folds.untilAtBarriers(offset)).toBe(false);
  await append(topics.cuts, [{ kind: "CutPlaced", cut: 1 }]);
  await expect.poll(() => folds.untilAtBarriers(offset)).toBe(true);
});

function event(id: string): string {
  return JSON.stringify({
    id,
    type: "llm.completion",
    customer: "cust-00",
    properties: { model: "code" },
  });
}

async function post(url: string, payload: string | Buffer, headers: Record<string, string> = {}) {
  const answer = await server.inject({
    method: "POST",
    url,
    payload,
    headers: { "content-type": "application/json", "x-api-key": "producer-key", ...headers },
  });
  return {
    status: answer.statusCode,
    type: String(answer.headers["content-type"]),
    retryAfter: answer.headers["retry-after"],
    body: answer.json<Record<string, unknown>>(),
  };
}

function rawFacts(): RawFact[] {
  const all = Array.from({ length: partitions }, (_, partition) =>
    log.recordsOf(topics.usageRaw, partition),
  );
  return all.flat().map(({ value }) => decode(value) as RawFact);
}

async function append(topic: string, facts: readonly Fact[]): Promise<void> {
  const producer = await log.producer();
  await producer.send(
    facts.map((fact) => ({ topic, partition: 0, key: null, value: encode(fact) })),
  );
}

async function placeCut(cut: number, time: number): Promise<void> {
  const made = {
    kind: "DeploymentMade",
    generation: 1,
    partitions,
    public_key: Buffer.alloc(0),
    made_at: time,
  } as const;
  const catalogOffset = log.recordsOf(topics.catalog, 0).length;
  await append(topics.cuts, [
    ...(cut === 0 ? [made] : []),
    { kind: "CutOpened", cut, time, catalog_offset: catalogOffset, spools: [], complete: true },
    { kind: "CutPlaced", cut },
  ]);
  await expect.poll(() => folds.whyNotReady()).toBeNull();
}
