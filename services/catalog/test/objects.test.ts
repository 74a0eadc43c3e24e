import { createHash } from "node:crypto";
import { authenticate, type CatalogFact } from "@tallybook/catalog";
import { createMemoryLog, type MemoryLog } from "@tallybook/log";
import { createAccess, createHttpServer, createLogger, type HttpServer } from "@tallybook/service";
import { decode, topics } from "@tallybook/wire";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { prepareCatalog } from "../src/first-facts.ts";
import { followPlacedCuts, type PlacedCuts } from "../src/placed-cuts.ts";
import { openRegistry, type Registry } from "../src/registry.ts";
import { addCatalogRoutes, parseBody } from "../src/routes.ts";

const clock = Date.UTC(2023, 10, 20) * 1_000;

let log: MemoryLog;
let registry: Registry;
let cuts: PlacedCuts;
let server: HttpServer;

beforeEach(async () => {
  log = createMemoryLog();
  await log.prepareTopics([
    { topic: topics.catalog, partitions: 1 },
    { topic: topics.cuts, partitions: 1 },
  ]);
  registry = await openRegistry(log, () => 0, { idleMs: 1 });
  const settings = {
    clock,
    window_seconds: null,
    ahead_seconds: 3_600,
    grace_seconds: 3_600,
    cut_interval_seconds: 3_600,
  };
  const adminKey = { api_key: "first-admin", hash: createHash("sha256").update("secret").digest() };
  await registry.execute(prepareCatalog(settings, adminKey), { tenant: "", actor: "system" });
  cuts = await followPlacedCuts(log, 1);
  const logger = createLogger("catalog", () => {});
  server = createHttpServer({ logger, bodyBytesMax: 8 * 1024 * 1024, parseBody });
  const access = createAccess((sha256Hex) =>
    authenticate(registry.catalog(), sha256Hex, registry.now()),
  );
  addCatalogRoutes(server, { registry, cuts, access });
});

afterEach(async () => {
  await server.close();
  await cuts.close();
  await registry.close();
});

describe("an object", () => {
  const product = { product: "llm", name: "Language models", tags: ["ai"] };

  test("is made, revised, listed with its last version and shown with all", async () => {
    expect(await ask("POST", "/v1/products", product)).toMatchObject({
      status: 200,
      body: { changes: [{ kind: "ObjectRevised", collection: "products", id: "llm", version: 1 }] },
    });
    // The same again is no change.
    expect((await ask("POST", "/v1/products", product)).body).toMatchObject({ changes: [] });
    expect(await ask("PUT", "/v1/products/llm", { name: "Models" })).toMatchObject({ status: 200 });
    const latest = { product: "llm", name: "Models", tags: [], version: 2, archived: false };
    expect((await ask("GET", "/v1/products")).body).toMatchObject({ products: [latest] });
    expect((await ask("GET", "/v1/products/llm")).body).toMatchObject({
      ...latest,
      effective_at: "2023-11-20T00:00:00Z",
      versions: [{ name: "Language models", version: 1 }, latest],
    });
  });

  test("is archived and comes back", async () => {
    await ask("POST", "/v1/products", product);
    expect(await ask("POST", "/v1/products/llm/archive")).toMatchObject({ status: 200 });
    expect((await ask("GET", "/v1/products/llm")).body).toMatchObject({
      archived: true,
      version: 2,
    });
    await ask("POST", "/v1/products/llm/unarchive");
    expect((await ask("GET", "/v1/products/llm")).body).toMatchObject({ archived: false });
    expect(await ask("POST", "/v1/products/none/archive")).toMatchObject({
      status: 404,
      body: { detail: "there is no product none" },
    });
  });

  test("that is wrong is refused by its fields", async () => {
    expect(
      await ask("PUT", "/v1/tax-rates/vat", { percent: "120", jurisdiction: "de" }),
    ).toMatchObject({
      status: 400,
      body: { errors: [{ field: "percent", reason: "out_of_range" }] },
    });
    expect(await ask("PUT", "/v1/tax-rates/vat", { tax_rate: "other" })).toMatchObject({
      status: 400,
      body: { errors: [{ field: "tax_rate", reason: "other_id" }] },
    });
    expect(await ask("GET", "/v1/tax-rates/vat")).toMatchObject({ status: 404 });
  });
});

describe("a customer", () => {
  test("is shown with what is known of it", async () => {
    await ask("POST", "/v1/customers", { customer: "acme", email: "a@b.example" });
    const shown = await ask("GET", "/v1/customers/acme");
    expect(shown.body).toMatchObject({ customer: "acme", currency: "USD", email: "a@b.example" });
  });

  test("waits for approval, and is approved from a time on", async () => {
    await ask("POST", "/v1/customers", { customer: "acme", approval: "pending" });
    expect(await ask("POST", "/v1/customers/acme/approval", {})).toMatchObject({ status: 400 });
    expect(
      await ask("POST", "/v1/customers/none/approval", { approval: "approved" }),
    ).toMatchObject({
      status: 404,
    });
    await ask("POST", "/v1/customers/acme/approval", { approval: "approved" });
    expect((await ask("GET", "/v1/customers/acme")).body).toMatchObject({
      approval: "approved",
      activated_at: "2023-11-20T00:00:00Z",
    });
    expect(await ask("POST", "/v1/customers/acme/approval", { approval: "refused" })).toMatchObject(
      {
        status: 400,
        body: { errors: [{ field: "approval", reason: "cannot_change" }] },
      },
    );
  });
});

describe("a whole document", () => {
  const document = (name: string) => ({
    products: [{ product: "llm", name }],
    plans: [
      { plan: "pro", currency: "USD", prices: [{ price: "fee", model: "flat", amount: 20 }] },
    ],
  });

  test("is told by its difference, and nothing is written", async () => {
    const before = facts().length;
    expect((await ask("POST", "/v1/apply?dry_run=true", document("Models"))).body).toMatchObject({
      difference: [
        { section: "products", id: "llm", change: "new", fields: [] },
        { section: "plans", id: "pro", change: "new", fields: [] },
      ],
      changes: 2,
      expect: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(facts()).toHaveLength(before);
  });

  test("is applied only while it makes the difference that was shown", async () => {
    const dry = await ask("POST", "/v1/apply?dry_run=true", document("Models"));
    const { expect: digest } = dry.body as { readonly expect: string };
    await ask("POST", "/v1/products", { product: "llm", name: "Somebody else's" });
    const path = `/v1/apply?expect=${digest}`;
    expect(await ask("POST", path, document("Models"))).toMatchObject({ status: 409 });
    const again = await ask("POST", "/v1/apply?dry_run=true", document("Models"));
    const { expect: now } = again.body as { readonly expect: string };
    expect(await ask("POST", `/v1/apply?expect=${now}`, document("Models"))).toMatchObject({
      status: 200,
      body: { changes: [{ id: "pro" }, { id: "llm", version: 2 }] },
    });
    // An attempt that was not answered and took effect may be made again.
    expect(await ask("POST", `/v1/apply?expect=${now}`, document("Models"))).toMatchObject({
      status: 200,
      body: { changes: [] },
    });
  });

  test.each([
    ["dry_run=maybe", "dry_run"],
    ["expect=x", "expect"],
  ])("is refused with ?%s", async (query, field) => {
    expect(await ask("POST", `/v1/apply?${query}`, {})).toMatchObject({
      status: 400,
      body: { errors: [{ field }] },
    });
  });

  test("comes out as it went in, and applying that changes nothing", async () => {
    await ask("POST", "/v1/apply", document("Models"));
    const { body } = await ask("GET", "/v1/export");
    expect(body).toMatchObject({ products: [{ product: "llm" }], plans: [{ plan: "pro" }] });
    expect((await ask("POST", "/v1/apply", body)).body).toMatchObject({ changes: [] });
  });
});

async function ask(method: "GET" | "POST" | "PUT", url: string, body?: unknown) {
  const answer = await server.inject({
    method,
    url,
    headers: { authorization: "Bearer secret", "content-type": "application/json" },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });
  return { status: answer.statusCode, body: answer.json<unknown>() };
}

function facts(): CatalogFact[] {
  return log.recordsOf(topics.catalog, 0).map(({ value }) => decode(value) as CatalogFact);
}
