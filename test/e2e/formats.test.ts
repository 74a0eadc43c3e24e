import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { request as sendRequest } from "node:http";
import path from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { listInvoices, withEngines } from "@tallybook/cli";
import { askClickHouse } from "@tallybook/local";
import { readAll } from "@tallybook/log";
import { startStack, type TestStack } from "@tallybook/testkit";
import { identityKey, partitionOf } from "@tallybook/usage";
import { afterAll, beforeAll, expect, test } from "vitest";
import { advance, expectIdentity } from "./support/billing.ts";
import { python } from "./support/python.ts";

/** One event, as the forms carry it: whatever the form, its identity is the same, and it counts once. */
const data = { model: "gpt-4o", tokens: 12 };
const event = { id: "ce-1", source: "/gw", type: "llm.usage", time: "2026-11-21T00:00:00.000Z" };
const cloudEvent = {
  ...event,
  specversion: "1.0",
  datacontenttype: "application/json",
  subject: "cust-1",
  data,
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
};

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack({ clock: "2026-11-01T00:00:00Z" });
  await stack.target.ask("/v1/apply", {
    body: {
      meters: [
        {
          meter: "tokens",
          event_type: "llm.usage",
          aggregation: "sum",
          value_property: "tokens",
          dimensions: ["model"],
        },
      ],
      plans: [
        {
          plan: "by_token",
          currency: "USD",
          prices: [{ price: "tokens", meter: "tokens", model: "per_unit", unit_amount: "0.01" }],
        },
      ],
      customers: [{ customer: "cust-1" }],
      subscriptions: [
        { customer: "cust-1", plan: "by_token", start: "2026-11-01T00:00:00Z", end: null },
      ],
    },
  });
  await advance(stack.target, "2026-11-21T00:00:00Z");
});

afterAll(() => stack[Symbol.asyncDispose]());

test("a CloudEvent is taken in its body, in headers and in a batch", async () => {
  const headers = Object.fromEntries(
    Object.entries({ ...cloudEvent, datacontenttype: null, data: null }).flatMap(([name, value]) =>
      value === null ? [] : [[`ce-${name}`, value]],
    ),
  );
  const accepted = { status: 200, body: { id: "ce-1", status: "accepted" } };
  const structured = { "content-type": "application/cloudevents+json; charset=utf-8" };
  expect(await post("/v1/events", structured, JSON.stringify(cloudEvent))).toEqual(accepted);
  const binary = { "content-type": "application/json", ...headers };
  expect(await post("/v1/events", binary, JSON.stringify(data))).toEqual(accepted);
  const batch = JSON.stringify([cloudEvent, { ...cloudEvent, id: "ce-2" }]);
  expect(
    await post("/v1/events", { "content-type": "application/cloudevents-batch+json" }, batch),
  ).toMatchObject({ status: 200, body: { accepted: 2 } });
  expect(
    await post("/v1/events", structured, JSON.stringify({ ...cloudEvent, subject: "" })),
  ).toMatchObject({ status: 400, body: { id: "ce-1", field: "subject", reason: "empty" } });
});

test("lines of events are taken, also as gzip; the one that is broken is named", async () => {
  const native = { ...event, customer: "cust-1", properties: data };
  const lines = [native, { ...native, id: "line-1" }, { ...native, id: "line-2" }].map((one) =>
    JSON.stringify(one),
  );
  const body = gzipSync(`${lines.join("\r\n")}\r\n\r\n{"id":\r\n`);
  const headers = { "content-type": "application/x-ndjson", "content-encoding": "gzip" };
  expect(await post("/v1/events/batch", headers, body)).toMatchObject({
    status: 200,
    body: {
      accepted: 3,
      refused: 1,
      results: [{ line: 1 }, { line: 2 }, { line: 3 }, { line: 5, reason: "not_json" }],
    },
  });
  expect(await post("/v1/events/batch", headers, body.subarray(0, -9))).toMatchObject({
    status: 400,
    body: { reason: "corrupt_encoding" },
  });
});

test("ten gigabytes in ten megabytes are refused, and cost no memory", async () => {
  const member = gzipSync(Buffer.alloc(64 * 1024 * 1024, " "));
  const bomb = Buffer.concat(Array.from({ length: 160 }, () => member));
  const headers = { "content-type": "application/x-ndjson", "content-encoding": "gzip" };
  const pid = await stack.pidOf("ingest");
  await post("/v1/events/batch", headers, bomb);
  const before = residentBytes(pid);
  for (let times = 0; times < 5; times += 1) {
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => post("/v1/events/batch", headers, bomb)),
    );
    expect(answers.map(({ status }) => status)).toEqual([413, 413, 413, 413]);
  }
  expect(residentBytes(pid) - before).toBeLessThan(200 * 1024 * 1024);
  expect(await stack.pidOf("ingest")).toBe(pid);
});

test("the examples of docs/events.md answer what is said there", async () => {
  const page = readFileSync(path.join(import.meta.dirname, "../../docs/events.md"), "utf8");
  const pairs = [...page.matchAll(/```sh\n([^`]*)```\n\n```json\n([^`]*)```/g)];
  expect(pairs.length).toBeGreaterThan(5);
  const env = { ...process.env, URL: stack.target.url, KEY: stack.target.key };
  for (const [, command = "", answer = ""] of pairs) {
    const { stdout } = await promisify(execFile)("bash", ["-c", command], { env });
    expect(JSON.parse(stdout), command).toEqual(JSON.parse(answer));
  }
});

const fromPython = Array.from({ length: 50 }, (_, i) => ({
  tenant: "default",
  source: "python",
  id: `straße-${i}`,
  type: "llm.usage",
  customer: "cust-1",
  time: Date.UTC(2026, 10, 20, 0, 0, i) * 1_000,
  properties: { model: "gpt-4o", tokens: "2" },
}));
/** What HTTP has brought already. */
const repeated = {
  ...fromPython[0],
  source: "/gw",
  id: "ce-1",
  time: Date.UTC(2026, 10, 21) * 1_000,
  properties: { model: "gpt-4o", tokens: "12" },
};

test("a producer in Python writes to Kafka itself, with the schema that the registry has", async () => {
  const { brokers } = stack.run().kafka;
  const input = [...fromPython, repeated].map((one) => `${JSON.stringify(one)}\n`).join("");
  const out = await python("producer.py", [brokers, registry(), topic("usage.raw")], input);
  const places = JSON.parse(out) as { partition: number }[];
  const expected = [...fromPython, repeated].map(({ tenant, source, id }) =>
    partitionOf(identityKey(tenant ?? "", source, id), 4),
  );
  const counted = (partitions: readonly number[]) => Object.groupBy(partitions, String);
  expect(counted(places.map(({ partition }) => partition))).toEqual(counted(expected));
}, 120_000);

test("all forms together are billed once, by the cent", async () => {
  await advance(stack.target, "2026-12-01T01:00:00Z");
  const doors = `SELECT if(door = '', 'kafka', door) AS by, count() FROM ${database()}.usage_events WHERE customer = 'cust-1' GROUP BY by ORDER BY by`;
  expect(await askClickHouse(clickHouse(), `${doors} FORMAT TSV`)).toEqual({
    status: 200,
    text: "cloudevents\t2\nkafka\t50\nnative\t2",
  });
  const [invoice] = await listInvoices(stack.target);
  // Four events of 12 tokens over HTTP, fifty of 2 from Python, a cent each.
  expect(invoice?.lines.map(({ quantity, amount }) => [quantity, amount])).toEqual([
    ["148", "148"],
  ]);
  await expectIdentity(stack);
});

test("Confluent's deserializer and ClickHouse read our topics through the registry", async () => {
  const { brokers } = stack.run().kafka;
  const out = await python("reader.py", [brokers, registry(), topic("usage.accepted")]);
  const facts = out
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { fact: Record<string, unknown> }).fact);
  const events = facts.filter((fact) => fact["id"] !== undefined);
  expect(events.map(({ id }) => String(id)).toSorted()).toEqual(
    [
      "ce-1",
      "ce-2",
      "line-1",
      "line-2",
      ...ofExamples,
      ...fromPython.map(({ id }) => id),
    ].toSorted(),
  );

  const frames: string[] = [];
  await withEngines(stack.run(), async ({ log }) => {
    for await (const { value } of readAll(log, "invoices", 0)) frames.push(value.toString("hex"));
  });
  const query = `SELECT number, customer FROM format(AvroConfluent, 'number String, customer String', unhex('${frames.join("")}'))
    SETTINGS format_avro_schema_registry_url = '${registry()}' FORMAT TSV`;
  expect(await askClickHouse(clickHouse(), query)).toEqual({
    status: 200,
    text: "INV-000001\tcust-1",
  });
}, 120_000);

/** What docs/events.md sends. */
const ofExamples = ["req-1", "req-2", "req-4", "ce-7"];

const registry = (): string => `${stack.target.url}/registry`;
const topic = (name: string): string => stack.run().kafka.topic_prefix + name;
const clickHouse = (): string => stack.run().clickhouse.url;
const database = (): string => stack.run().clickhouse.database;

function residentBytes(pid: number): number {
  const { stdout } = spawnSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" });
  return Number(stdout) * 1024;
}

/** In chunks, as a client sends what it does not know the length of. */
function post(
  path: string,
  headers: Record<string, string>,
  body: string | Buffer,
): Promise<{ status: number | undefined; body: unknown }> {
  return new Promise((resolve, reject) => {
    const sent = sendRequest(
      stack.target.url + path,
      { method: "POST", headers: { ...headers, authorization: `Bearer ${stack.target.key}` } },
      (answer) => {
        let text = "";
        answer.on("data", (chunk: Buffer) => (text += chunk));
        answer.once("end", () =>
          resolve({ status: answer.statusCode, body: JSON.parse(text) as unknown }),
        );
        answer.once("error", reject);
      },
    );
    sent.once("error", reject);
    sent.write(body);
    sent.end();
  });
}
