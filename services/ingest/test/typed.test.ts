import type { OutRecord } from "@tallybook/log";
import { createAccess, createHttpServer, createLogger, createMetrics } from "@tallybook/service";
import type { RawFact } from "@tallybook/usage";
import { decode } from "@tallybook/wire";
import { emptyCatalog } from "@tallybook/catalog";
import { expect, test } from "vitest";
import { createIngestMetrics } from "../src/metrics.ts";
import { addDoorRoutes, parseBody } from "../src/routes.ts";

const clock = Date.UTC(2026, 10, 21) * 1_000;
const native = '{"id":"1","type":"t","customer":"c"}';
const typed = (subscription: string, more = "") =>
  `{"id":"1","event_type":"t","customer_id":"c","subscription_id":"${subscription}"${more}}`;

test("typed events are taken beside native ones, and identities are their subscriptions'", async () => {
  const door = openDoor();
  expect(await door.post("/v1/events", typed("sub-1"))).toEqual({
    status: 200,
    body: { id: "1", status: "accepted", event_id: "1", accepted: true },
  });
  const early = typed("sub-1", ',"timestamp":"2026-10-01T00:00:00Z"');
  const batch = `{"events":[${typed("sub-2")},${native},${early}],"source":"mine"}`;
  expect(await door.post("/v1/events/batch", batch)).toMatchObject({
    status: 200,
    body: {
      results: [
        { index: 0, id: "1", status: "accepted", event_id: "1" },
        { index: 1, id: "1", status: "accepted" },
        { index: 2, id: "1", status: "refused", field: "timestamp", reason: "too_old" },
      ],
      accepted: 2,
      refused: 1,
    },
  });
  expect(
    door
      .facts()
      .map((fact) => [fact.door, fact.kind === "UsageReported" ? fact.source : fact.field]),
  ).toEqual([
    ["typed", "sub-1"],
    ["typed", "sub-2"],
    ["native", ""],
    ["typed", "timestamp"],
  ]);
});

test.each([undefined, "text/plain;charset=UTF-8", "application/x-www-form-urlencoded"])(
  "no header but the key is compulsory: a body of type %s is JSON",
  async (type) => {
    const { post } = openDoor();
    expect(await post("/v1/events", native, type)).toMatchObject({ status: 200 });
    expect(await post("/v1/events/batch", `[${native}]`, type)).toMatchObject({ status: 200 });
  },
);

function openDoor() {
  const kept: OutRecord[] = [];
  const server = createHttpServer({
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
      window: () => ({ time: clock, lower_bound: clock - 86_400_000_000, ahead_seconds: 3_600 }),
      untilAtBarriers: async () => true,
      whyNotReady: () => null,
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
  return {
    facts: () =>
      kept.map(({ value }) => decode(value) as Exclude<RawFact, { kind: "BarrierPlaced" }>),
    async post(url: string, payload: string, type?: string) {
      const headers = { "x-api-key": "k", ...(type === undefined ? {} : { "content-type": type }) };
      const answer = await server.inject({ method: "POST", url, payload, headers });
      return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
    },
  };
}
