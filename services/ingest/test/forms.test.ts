import { request as sendRequest } from "node:http";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { emptyCatalog } from "@tallybook/catalog";
import type { OutRecord } from "@tallybook/log";
import {
  createAccess,
  createHttpServer,
  createLogger,
  createMetrics,
  listen,
  type HttpServer,
} from "@tallybook/service";
import { type RawFact, usualBodyBytesMax } from "@tallybook/usage";
import { decode } from "@tallybook/wire";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createIngestMetrics } from "../src/metrics.ts";
import { addDoorRoutes, parseBody } from "../src/routes.ts";

const clock = Date.UTC(2026, 10, 21) * 1_000;
const structured = { "content-type": "application/cloudevents+json; charset=utf-8" };
const inBatch = { "content-type": "application/cloudevents-batch+json" };
const inLines = { "content-type": "application/x-ndjson" };
const json = { "content-type": "application/json" };
const inHeaders = {
  ...json,
  "ce-specversion": "1.0",
  "ce-id": "1",
  "ce-source": "/gw",
  "ce-type": "llm.usage",
  "ce-subject": "cust-1",
};

let server: HttpServer;
let url: string;
let kept: OutRecord[];
let inFlight: number;

beforeEach(async () => {
  kept = [];
  server = createHttpServer({
    logger: createLogger("ingest", () => {}),
    bodyBytesMax: 1_024,
    parseBody,
  });
  addDoorRoutes(server, {
    accessAt: () =>
      createAccess(() => ({ tenant: "acme", api_key: "k1", role: "producer", scope: null })),
    folds: {
      catalog: emptyCatalog,
      now: () => clock,
      window: () => ({ time: clock, lower_bound: null, ahead_seconds: 3_600 }),
      untilAtBarriers: async () => true,
      whyNotReady: () => null,
    },
    gatherer: {
      async deliver(records) {
        kept.push(...records);
        return "acknowledged";
      },
    },
    metrics: {
      ...createIngestMetrics(createMetrics()),
      inFlightBytes: (bytes) => (inFlight = bytes),
    },
    failpoint: () => {},
    partitions: 4,
  });
  url = await listen(server, { port: 0 });
});

afterEach(() => server.close());

test("one CloudEvent is the same event in its body, in a batch and in headers", async () => {
  const data = { model: "gpt-4o", tokens: 12 };
  const event = { specversion: "1.0", id: "1", source: "/gw", type: "llm.usage", data };
  const whole = JSON.stringify({ ...event, subject: "cust-1", traceparent: "00-0af7-b7ad-01" });
  const accepted = { status: 200, body: { id: "1", status: "accepted" } };
  expect(await post("/v1/events", structured, whole)).toEqual(accepted);
  expect(await post("/v1/events", inHeaders, JSON.stringify(data))).toEqual(accepted);
  for (const path of ["/v1/events", "/v1/events/batch"]) {
    expect(await post(path, inBatch, `[${whole}]`)).toMatchObject({
      status: 200,
      body: { results: [{ index: 0, id: "1", status: "accepted" }], accepted: 1, refused: 0 },
    });
  }
  expect(kept.map(({ key }) => String(key))).toEqual(Array(4).fill("acme\u001f/gw\u001f1"));
  const [first, ...others] = facts();
  expect(first).toMatchObject({ customer: "cust-1", door: "cloudevents", properties: {} });
  expect(others).toEqual([first, first, first]);
});

test("a CloudEvent in headers is percent-decoded, and needs no body", async () => {
  const headers = { ...inHeaders, "ce-id": "Euro%20%E2%82%AC", "ce-subject": '"cust \\"1\\""' };
  expect(await post("/v1/events", headers, "")).toEqual({
    status: 200,
    body: { id: "Euro €", status: "accepted" },
  });
  expect(facts()).toMatchObject([{ id: "Euro €", customer: 'cust "1"', properties: {} }]);
});

test.each([
  ["without its type", { ...inHeaders, "ce-type": "" }, "{}", "type", "empty"],
  ["with a stray percent sign", { ...inHeaders, "ce-id": "100%" }, "{}", "id", "malformed"],
  ["with data that is no JSON", inHeaders, "{", "data", "not_json"],
  ["with a list as data", inHeaders, "[]", "data", "wrong_type"],
])(
  "a CloudEvent in headers %s is refused, and kept as it came",
  async (_what, headers, body, field, reason) => {
    expect(await post("/v1/events", headers, body)).toMatchObject({
      status: 400,
      body: { status: 400, field, reason },
    });
    const [fact] = facts();
    expect(fact).toMatchObject({ kind: "UsageRefused", field, reason, door: "cloudevents" });
    const bytes = fact?.kind === "UsageRefused" ? Buffer.from(fact.bytes).toString() : "";
    expect(bytes).toContain(`ce-id: ${headers["ce-id"]}\r\n`);
    expect(bytes.endsWith(`\r\n\r\n${body}`)).toBe(true);
  },
);

test("a line that cannot be read is refused by itself, with its number", async () => {
  const body = Buffer.concat([
    Buffer.from(`${native("1")}\r\n\r\n{"id": NaN}\n`),
    Buffer.from([0x22, 0xc3, 0x22, 0x0a]),
    Buffer.from(`{"id":"2","type":"t"}\n${native("3")}`),
  ]);
  const answer = await post("/v1/events/batch", inLines, body);
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    results: [
      { index: 0, line: 1, id: "1", status: "accepted" },
      { index: 1, line: 3, status: "refused", field: null, reason: "not_json" },
      { index: 2, line: 4, status: "refused", field: null, reason: "not_utf8" },
      { index: 3, line: 5, id: "2", status: "refused", field: "customer", reason: "missing" },
      { index: 4, line: 6, id: "3", status: "accepted" },
    ],
    accepted: 2,
    refused: 3,
  });
  const bytes = facts().flatMap((fact) =>
    fact.kind === "UsageRefused" ? [Buffer.from(fact.bytes).toString("latin1")] : [],
  );
  expect(bytes).toEqual(['{"id": NaN}', '"\u00c3"', '{"id":"2","type":"t"}']);
});

test("lines have the bound of a batch, and none of them is fine", async () => {
  expect(await post("/v1/events/batch", inLines, "\n\r\n")).toMatchObject({
    status: 200,
    body: { results: [], accepted: 0 },
  });
  expect(await post("/v1/events/batch", inLines, "1\n".repeat(10_001))).toMatchObject({
    status: 413,
  });
  expect(await post("/v1/events/batch", inLines, "1\n\n".repeat(10_000))).toMatchObject({
    status: 400,
    body: { refused: 10_000 },
  });
});

test.each([
  ["/v1/events", inLines, "application/x-ndjson goes to /v1/events/batch."],
  ["/v1/events/batch", structured, "application/cloudevents+json goes to /v1/events."],
  [
    "/v1/events/batch",
    inHeaders,
    "A CloudEvent with its attributes in headers goes to /v1/events.",
  ],
  ["/v1/events", { "content-type": "application/cloudevents+avro" }, "Send one of these"],
  ["/v1/events", { ...inHeaders, "content-type": "text/xml" }, "The data of a CloudEvent is JSON"],
  ["/v1/events", { "content-type": "application/json; charset=utf-16" }, "Send it as UTF-8."],
])("%s says where another form goes", async (path, headers, detail) => {
  const answer = await post(path, headers, native("1"));
  expect(answer).toMatchObject({ status: 415, body: { detail: expect.stringContaining(detail) } });
  expect(kept).toEqual([]);
});

test.each([
  ["gzip", gzipSync],
  ["x-gzip", gzipSync],
  ["deflate", deflateSync],
  ["br", brotliCompressSync],
])("a body is read from %s, in one piece and in chunks", async (encoding, compress) => {
  const headers = { ...json, "content-encoding": encoding };
  const body = compress(native("1"));
  for (const chunked of [false, true]) {
    expect(await post("/v1/events", headers, body, { chunked })).toMatchObject({ status: 200 });
  }
  const two = compress(`${native("1")}\n${native("2")}\n`);
  expect(
    await post("/v1/events/batch", { ...inLines, "content-encoding": encoding }, two),
  ).toMatchObject({ body: { accepted: 2 } });
});

const zipped = gzipSync(Buffer.from(native("1")));

test.each([
  ["cut short", zipped.subarray(0, -4), "it ends too early"],
  ["no gzip at all", Buffer.from(native("1")), "incorrect header check"],
  ["of another checksum", spoiled(zipped), "incorrect data check"],
  ["followed by more", Buffer.concat([zipped, Buffer.from("and more")]), "incorrect header check"],
])("gzip that is %s is refused in words", async (_what, body, why) => {
  for (const chunked of [false, true]) {
    const headers = { ...json, "content-encoding": "gzip" };
    expect(await post("/v1/events", headers, body, { chunked })).toMatchObject({
      status: 400,
      body: { reason: "corrupt_encoding", detail: `The body is not whole as gzip: ${why}.` },
    });
  }
  expect(kept).toEqual([]);
});

test.each([
  ["deflate", deflateSync],
  ["br", brotliCompressSync],
])("nothing may follow the end of %s", async (encoding, compress) => {
  const headers = { ...json, "content-encoding": encoding };
  const body = Buffer.concat([compress(native("1")), Buffer.from("and more")]);
  for (const chunked of [false, true]) {
    expect(await post("/v1/events", headers, body, { chunked })).toMatchObject({
      status: 400,
      body: { detail: `The body is not whole as ${encoding}: more bytes follow its end.` },
    });
  }
});

test("members of gzip one after the other are one body", async () => {
  const text = native("1");
  const body = Buffer.concat([gzipSync(text.slice(0, 9)), gzipSync(text.slice(9))]);
  const headers = { ...json, "content-encoding": "gzip" };
  expect(await post("/v1/events", headers, body)).toMatchObject({ status: 200 });
});

test("a body counts with its decompressed bytes, while it is decompressed", async () => {
  const headers = { ...inLines, "content-encoding": "gzip" };
  const path = "/v1/events/batch";
  const most = gzipSync(Buffer.alloc(usualBodyBytesMax, " "));
  expect(await post(path, headers, most)).toMatchObject({ status: 200 });
  const more = gzipSync(Buffer.alloc(usualBodyBytesMax + 1, " "));
  expect(await post(path, headers, more)).toMatchObject({ status: 413 });
  const nothing = Buffer.concat(Array(500_000).fill(gzipSync("")));
  expect(await post(path, headers, nothing, { chunked: true })).toMatchObject({ status: 413 });
  await expect.poll(() => inFlight).toBe(0);
});

test("what inflates without end is refused again and again, and leaves nothing behind", async () => {
  const megabytes = gzipSync(Buffer.alloc(64 * 1024 * 1024, " "));
  const bomb = Buffer.concat(Array(20).fill(megabytes));
  const headers = { ...inLines, "content-encoding": "gzip" };
  for (let times = 0; times < 30; times += 1) {
    const chunked = times % 2 === 0;
    expect((await post("/v1/events/batch", headers, bomb, { chunked })).status).toBe(413);
  }
  await expect.poll(() => inFlight).toBe(0);
});

function native(id: string): string {
  return JSON.stringify({ id, type: "t", customer: "c" });
}

function spoiled(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length - 8] = (copy[copy.length - 8] ?? 0) ^ 1;
  return copy;
}

function facts(): RawFact[] {
  return kept.map(({ value }) => decode(value) as RawFact);
}

function post(
  path: string,
  headers: Record<string, string>,
  body: string | Buffer,
  how: { readonly chunked?: boolean } = {},
): Promise<{ status: number | undefined; body: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const length = how.chunked ? {} : { "content-length": Buffer.byteLength(body) };
    const sent = sendRequest(
      url + path,
      { method: "POST", headers: { ...headers, ...length, "x-api-key": "k" } },
      (answer) => {
        let text = "";
        answer.on("data", (chunk: Buffer) => (text += chunk));
        answer.once("end", () =>
          resolve({ status: answer.statusCode, body: JSON.parse(text) as Record<string, unknown> }),
        );
        answer.once("error", reject);
      },
    );
    sent.once("error", reject);
    sent.write(body);
    sent.end();
  });
}
