import { type CatalogFact, emptyCatalog, evolve } from "@tallybook/catalog";
import type { OutRecord } from "@tallybook/log";
import { createAccess, createHttpServer, createLogger, createMetrics } from "@tallybook/service";
import { decode } from "@tallybook/wire";
import { expect, test } from "vitest";
import { createIngestMetrics } from "../src/metrics.ts";
import { addDoorRoutes, parseBody } from "../src/routes.ts";

const at = (text: string) => Date.parse(text) * 1_000;
const clock = at("2023-12-15T00:00:00Z");

const june: CatalogFact = {
  kind: "BackfillRequested",
  tenant: "acme",
  recorded_at: clock,
  actor: "k0",
  backfill: "june",
  sources: [],
  from: at("2023-06-01T00:00:00Z"),
  to: at("2023-07-01T00:00:00Z"),
  closes_at: clock + 1,
  reason: "never sent",
  events: null,
  digest: null,
};

/** `barriers`: what stands below it on `catalog` is known at the last ones. */
function openDoor(facts: readonly CatalogFact[], now = clock, barriers = 1) {
  const kept: OutRecord[] = [];
  let catalog = emptyCatalog();
  for (const [offset, fact] of facts.entries()) catalog = evolve(catalog, fact, offset);
  const logger = createLogger("ingest", () => {});
  const server = createHttpServer({ logger, bodyBytesMax: 1_024, parseBody });
  addDoorRoutes(server, {
    accessAt: () =>
      createAccess(() => ({ tenant: "acme", api_key: "k1", role: "producer", scope: null })),
    folds: {
      catalog: () => catalog,
      now: () => now,
      window: () => ({ time: clock, lower_bound: clock - 86_400_000_000, ahead_seconds: 3_600 }),
      untilAtBarriers: async (offset) => offset < barriers,
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
    facts: () => kept.map(({ value }) => decode(value)),
    async post(url: string, payload: unknown) {
      const headers = { "x-api-key": "k", "content-type": "application/json" };
      const body = JSON.stringify(payload);
      const answer = await server.inject({ method: "POST", url, payload: body, headers });
      return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
    },
  };
}

const event = (time: string) => ({ id: time, type: "llm", customer: "c1", time });

test("events that name an open backfill are taken of its time alone, and carry its mark", async () => {
  const door = openDoor([june]);
  const times = ["2023-06-01T00:00:00Z", "2023-05-31T23:59:59.999999Z", "2023-12-15T00:00:00Z"];
  const { status, body } = await door.post("/v1/events/batch?backfill=june", times.map(event));
  expect(status).toBe(200);
  expect(body).toMatchObject({
    results: [
      { index: 0, status: "accepted" },
      { index: 1, status: "refused", field: "time", reason: "not_in_backfill" },
      { index: 2, status: "refused", field: "time", reason: "not_in_backfill" },
    ],
    accepted: 1,
    refused: 2,
  });
  expect(door.facts()[0]).toMatchObject({ kind: "UsageReported", backfill: "june" });
  expect(await door.post("/v1/events?backfill=june", event("2023-06-30T12:00:00Z"))).toMatchObject({
    status: 200,
  });
  const typed = {
    id: "t",
    event_type: "llm",
    customer_id: "c1",
    timestamp: "2023-07-01T00:00:00Z",
  };
  expect(await door.post("/v1/events?backfill=june", typed)).toMatchObject({
    status: 400,
    body: { field: "timestamp", reason: "not_in_backfill" },
  });
  const taken = { id: "r", retracts: "a", reason: "no" };
  expect(await door.post("/v1/events?backfill=june", taken)).toMatchObject({
    status: 400,
    body: { field: "retracts", reason: "not_in_backfill" },
  });
});

test("without the mark the same event is too old, and the refusal names the door for it", async () => {
  const door = openDoor([june]);
  const { status, body } = await door.post("/v1/events", event("2023-06-01T00:00:00Z"));
  expect([status, body["reason"]]).toEqual([400, "too_old"]);
  expect(body["detail"]).toContain("backfill");
});

test("a backfill that is unknown, another tenant's, closed or not open yet takes nothing, and nothing is kept", async () => {
  const own = event("2023-06-01T00:00:00Z");
  const doors = [
    openDoor([]),
    openDoor([{ ...june, tenant: "other" }]),
    openDoor([june], clock + 1),
    openDoor([june], clock, 0),
  ];
  for (const door of doors) {
    expect(await door.post("/v1/events?backfill=june", own)).toMatchObject({ status: 409 });
    expect(door.facts()).toEqual([]);
  }
});
