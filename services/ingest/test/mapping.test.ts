import { emptyCatalog, evolve, type Caller, type CatalogFact } from "@tallybook/catalog";
import type { OutRecord } from "@tallybook/log";
import { createAccess, createHttpServer, createLogger, createMetrics } from "@tallybook/service";
import { decode } from "@tallybook/wire";
import { expect, test } from "vitest";
import { createIngestMetrics } from "../src/metrics.ts";
import { addDoorRoutes, parseBody } from "../src/routes.ts";

const clock = Date.UTC(2026, 10, 21) * 1_000;
const mapping: CatalogFact = {
  kind: "ObjectRevised",
  tenant: "acme",
  recorded_at: clock,
  actor: "k0",
  collection: "doors",
  id: "openmeter",
  version: 1,
  effective_at: 0,
  archived: false,
  body: { customer: "data.user", subscription: null, tokens: null },
};
const event = {
  specversion: "1.0",
  id: "1",
  source: "gw",
  type: "tokens",
  subject: "the-proxy",
  data: { user: "cust-1" },
};

function openDoor() {
  const kept: OutRecord[] = [];
  const catalog = evolve(emptyCatalog(), mapping, 0);
  const logger = createLogger("ingest", () => {});
  const server = createHttpServer({ logger, bodyBytesMax: 1_024, parseBody });
  const access = createAccess<Caller>(() => ({
    tenant: "acme",
    api_key: "k1",
    role: "producer",
    scope: { customers: ["cust-1"], meters: [], event_types: [] },
  }));
  addDoorRoutes(server, {
    accessAt: () => access,
    folds: {
      catalog: () => catalog,
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
      return { status: answer.statusCode, text: answer.body };
    },
  };
}

test("the tenant's mapping says who is billed, and what the key may not send is held against that", async () => {
  const { post, facts } = openDoor();
  expect(await post("/api/v1/events", event)).toEqual({ status: 204, text: "" });
  expect(facts()).toMatchObject([{ customer: "cust-1", door: "openmeter" }]);
  const theirs = { ...event, subject: "cust-1", data: { user: "cust-2" } };
  const { status, text } = await post("/api/v1/events", theirs);
  expect([status, JSON.parse(text)]).toMatchObject([403, { reason: "not_in_scope" }]);
});

test("a request that is tried is told what it would become, and nothing is kept of it", async () => {
  const { post, facts } = openDoor();
  const { subject: _, data: __, ...nobody } = event;
  const { status, text } = await post("/v1/doors/try?path=/api/v1/events", [event, nobody]);
  expect([status, JSON.parse(text)]).toEqual([
    200,
    {
      door: "openmeter",
      status: 204,
      items: [
        {
          index: 0,
          form: "openmeter",
          event: {
            id: "1",
            source: "gw",
            type: "tokens",
            customer: "cust-1",
            subscription: null,
            time: null,
            properties: { user: "cust-1" },
            target: null,
          },
        },
        {
          index: 1,
          form: "openmeter",
          id: "1",
          field: "subject",
          reason: "missing",
          detail: "is missing: it names the customer",
        },
      ],
    },
  ]);
  const bad = await post("/v1/doors/try?path=/api/v1/events", [nobody]);
  expect(JSON.parse(bad.text)).toMatchObject({ status: 400 });
  expect((await post("/v1/doors/try?path=/nowhere", event)).status).toBe(400);
  expect(facts()).toEqual([]);
});
