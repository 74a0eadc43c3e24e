import { createHash } from "node:crypto";
import { authenticate, type CatalogFact } from "@tallybook/catalog";
import { createClient, type Client } from "@tallybook/client";
import { createMemoryLog, type MemoryLog } from "@tallybook/log";
import {
  createAccess,
  createHttpServer,
  createLogger,
  listen,
  type HttpServer,
} from "@tallybook/service";
import { decode, encode, topics } from "@tallybook/wire";
import { prepareCatalog } from "../src/first-facts.ts";
import { followPlacedCuts, type PlacedCuts } from "../src/placed-cuts.ts";
import { openRegistry, type Registry } from "../src/registry.ts";
import { addCatalogRoutes, parseBody } from "../src/routes.ts";

export const adminSecret = "secret";

/** The catalog's API over a log in memory, whose clock is simulated and begins in November 2023. */
export interface Counter {
  readonly url: string;
  readonly admin: Client;
  facts(): CatalogFact[];
  /** A cut that has seen whatever is said in this test: who publishes a meter is answered at once. */
  placeCut(): Promise<void>;
  /** As a process that ends and starts again. */
  restart(): Promise<void>;
  /** A request as it is. */
  send(path: string, given?: Sent): Promise<Answer>;
  close(): Promise<void>;
}

export interface Sent {
  readonly method?: string;
  readonly body?: unknown;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, never>;
}

const settings = {
  clock: Date.UTC(2023, 10, 1) * 1_000,
  window_seconds: 3_024_000,
  ahead_seconds: 3_600,
  grace_seconds: 3_600,
  cut_interval_seconds: 3_600,
};
const hash = createHash("sha256").update(adminSecret).digest();

export async function openCounter(): Promise<Counter> {
  const log: MemoryLog = createMemoryLog();
  await log.prepareTopics([
    { topic: topics.catalog, partitions: 1 },
    { topic: topics.cuts, partitions: 1 },
  ]);
  let running = await start(log);
  return {
    get url() {
      return running.url;
    },
    get admin() {
      return createClient({ url: running.url, key: adminSecret });
    },
    facts: () => log.recordsOf(topics.catalog, 0).map(({ value }) => decode(value) as CatalogFact),
    async placeCut() {
      const opened = { cut: 0, time: 0, catalog_offset: 1_000_000, spools: [], complete: true };
      const values = [
        encode({ kind: "CutOpened", ...opened }),
        encode({ kind: "CutPlaced", cut: 0 }),
      ];
      const producer = await log.producer();
      await producer.send(
        values.map((value) => ({ topic: topics.cuts, partition: 0, key: null, value })),
      );
    },
    async restart() {
      await running.stop();
      running = await start(log);
    },
    async send(path, { method, body, key = adminSecret, headers = {} } = {}) {
      const answer = await fetch(running.url + path, {
        method: method ?? (body === undefined ? "GET" : "POST"),
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: (await answer.json()) as Answer["body"] };
    },
    close: () => running.stop(),
  };
}

async function start(log: MemoryLog): Promise<{ url: string; stop(): Promise<void> }> {
  const registry: Registry = await openRegistry(log, () => 0, { idleMs: 1 });
  const adminKey = { api_key: "first-admin", hash };
  await registry.execute(prepareCatalog(settings, adminKey), { tenant: "", actor: "system" });
  const cuts: PlacedCuts = await followPlacedCuts(log, 1);
  const logger = createLogger("catalog", () => {});
  const server: HttpServer = createHttpServer({ logger, bodyBytesMax: 1024 * 1024, parseBody });
  const access = createAccess((sha256Hex) => authenticate(registry.catalog(), sha256Hex, 0));
  addCatalogRoutes(server, { registry, cuts, access });
  const url = await listen(server, { port: 0 });
  return {
    url,
    async stop() {
      await server.close();
      await cuts.close();
      await registry.close();
    },
  };
}
