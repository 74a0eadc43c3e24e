import { createHash } from "node:crypto";
import { authenticate, type CatalogFact } from "@tallybook/catalog";
import { createMemoryLog } from "@tallybook/log";
import { createAccess, createHttpServer, createLogger } from "@tallybook/service";
import { decode, encode, topics } from "@tallybook/wire";
import { expect } from "vitest";
import { prepareCatalog } from "../src/first-facts.ts";
import { followPlacedCuts } from "../src/placed-cuts.ts";
import { openRegistry } from "../src/registry.ts";
import { addCatalogRoutes, parseBody } from "../src/routes.ts";

export type Body = Record<string, unknown>;

const clock = Date.UTC(2026, 10, 21, 14, 37, 12) * 1_000;
const settings = {
  clock,
  window_seconds: 3_024_000,
  ahead_seconds: 3_600,
  grace_seconds: 3_600,
  cut_interval_seconds: 3_600,
};
const adminKey = { api_key: "first-admin", hash: createHash("sha256").update("secret").digest() };

export const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export const perToken = {
  name: "Input Tokens",
  pricing_model: "PerUnit",
  unit_amount_nanos: "2000000",
  meter_event_type: "llm.completion",
  meter_property: "input_tokens",
  currency: "USD",
};

export type TypedCounter = Awaited<ReturnType<typeof openTypedCounter>>;

/** The catalog's typed API over a log in memory, in November 2026; cuts are placed as fast as somebody waits for one. */
export async function openTypedCounter() {
  const log = createMemoryLog();
  await log.prepareTopics([
    { topic: topics.catalog, partitions: 1 },
    { topic: topics.cuts, partitions: 1 },
  ]);
  const registry = await openRegistry(log, () => 0, { idleMs: 1 });
  await registry.execute(prepareCatalog(settings, adminKey), { tenant: "", actor: "system" });
  const cuts = await followPlacedCuts(log, 1);
  const logger = createLogger("catalog", () => {});
  const server = createHttpServer({ logger, bodyBytesMax: 8 * 1024 * 1024, parseBody });
  const access = createAccess((sha256Hex) =>
    authenticate(registry.catalog(), sha256Hex, registry.now()),
  );
  addCatalogRoutes(server, { registry, cuts, access });
  const producer = await log.producer();

  const kinds = () =>
    log.recordsOf(topics.catalog, 0).map(({ value }) => (decode(value) as CatalogFact).kind);

  /** Places a cut that knows the facts below the offset. */
  async function seeCut(catalog_offset: number): Promise<void> {
    const cut = log.recordsOf(topics.cuts, 0).length / 2;
    const opened = { cut, time: clock, catalog_offset, spools: [], complete: true };
    const values = [encode({ kind: "CutOpened", ...opened }), encode({ kind: "CutPlaced", cut })];
    await producer.send(
      values.map((value) => ({ topic: topics.cuts, partition: 0, key: null, value })),
    );
  }

  async function call(
    method: "GET" | "POST",
    url: string,
    body?: Body,
    more: Readonly<Record<string, string>> = {},
  ) {
    let isAnswered = false;
    const headers = { authorization: "Bearer secret", ...more };
    const payload = body === undefined ? {} : { payload: JSON.stringify(body) };
    const answer = server.inject({ method, url, headers, ...payload }).finally(() => {
      isAnswered = true;
    });
    for (let known = -1; !isAnswered;) {
      const count = kinds().length;
      if (count > known) await seeCut((known = count));
      await Promise.race([answer, new Promise((resolve) => setImmediate(resolve))]);
    }
    const response = await answer;
    const { link } = response.headers;
    return {
      status: response.statusCode,
      json: response.json<Body>(),
      link: typeof link === "string" ? link : undefined,
    };
  }

  /** What a POST that has to succeed has made. */
  async function made(path: string, body: Body): Promise<Body> {
    const { status, json } = await call("POST", path, body);
    expect([status, json]).toEqual([201, expect.anything()]);
    return json;
  }

  return {
    /** Of the facts, in their order. */
    kinds,
    call,
    made,
    async got(path: string): Promise<Body> {
      const { status, json } = await call("GET", path);
      expect(status).toBe(200);
      return json;
    },
    async planned(): Promise<string> {
      const body = { name: "Pay As You Go", trial_days: "14" };
      return String((await made("/admin/v1/catalog/plans", body))["id"]);
    },
    async close(): Promise<void> {
      await server.close();
      await cuts.close();
      await registry.close();
    },
  };
}

/** A customer who has taken a plan with one SKU. */
export async function subscribed({ planned, made }: TypedCounter, more: Body = {}) {
  const plan_id = await planned();
  await made("/admin/v1/catalog/skus", { plan_id, ...perToken });
  const customer = await made("/admin/v1/customers", { display_name: "Acme", currency: "usd" });
  const customer_id = String(customer["id"]);
  const body = { customer_id, plan_id, currency: "USD", ...more };
  return { subscription: await made("/v1/subscriptions", body), customer_id, plan_id };
}
