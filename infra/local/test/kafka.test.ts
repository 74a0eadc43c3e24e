import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { askKafka } from "../src/kafka-request.ts";
import { freePorts, type Kafka, probeKafka, startKafka } from "../src/index.ts";
import { accepts, outsideAddresses } from "./network.ts";

const dir = mkdtempSync(path.join(tmpdir(), "tallybook-kafka-"));
let kafka: Kafka;
let port: number;

async function start(): Promise<void> {
  [port = 0] = await freePorts(1);
  kafka = await startKafka({ dir, port, logFile: path.join(dir, "broker.log") });
}

beforeAll(start);

afterAll(async () => {
  await kafka?.stop();
  rmSync(dir, { recursive: true });
});

test("is ready when start-up resolves", async () => {
  expect(kafka.broker).toBe(`127.0.0.1:${port}`);
  expect(await probeKafka(port)).toBeNull();
});

test("nothing listens beyond loopback", async () => {
  expect(await accepts("127.0.0.1", port)).toBe(true);
  for (const address of outsideAddresses())
    expect(await accepts(address, port), address).toBe(false);
});

test("a topic survives kill -9, also on another port", async () => {
  await createTopic("kept");
  process.kill(kafka.pid, "SIGKILL");
  expect(await kafka.exited).toEqual({ code: null, signal: "SIGKILL" });
  expect(await probeKafka(port)).not.toBeNull();
  await start();
  expect(await topicError("kept")).toBe(0);
}, 90_000);

test("asking for a topic does not make it", async () => {
  const unknownTopic = 3;
  expect(await topicError("mistyped")).toBe(unknownTopic);
  expect(await topicError("mistyped")).toBe(unknownTopic);
});

async function createTopic(name: string): Promise<void> {
  const partitions = int32(2);
  const replicas = Buffer.from([0, 1]);
  const none = int32(0);
  const timeout = int32(10_000);
  const forReal = Buffer.from([0]);
  const body = Buffer.concat([
    int32(1),
    text(name),
    partitions,
    replicas,
    none,
    none,
    timeout,
    forReal,
  ]);
  const answer = await askKafka(port, { key: 19, version: 4, body });
  // After throttle time, count and name comes the error.
  expect(answer.readInt16BE(4 + 4 + 2 + name.length)).toBe(0);
}

/** The error Kafka gives for a topic in its metadata; 0 is none. */
async function topicError(name: string): Promise<number> {
  const mayCreate = Buffer.from([1]);
  const body = Buffer.concat([int32(1), text(name), mayCreate]);
  const metadata = await askKafka(port, { key: 3, version: 4, body });
  const at = metadata.lastIndexOf(text(name));
  return metadata.readInt16BE(at - 2);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeInt16BE(value.length);
  return Buffer.concat([length, Buffer.from(value)]);
}
