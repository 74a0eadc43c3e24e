import { createCatalogHistory, evolveHistory } from "@tallybook/journal";
import type { CatalogFact } from "@tallybook/catalog";
import type { InvoicesFact } from "@tallybook/invoice";
import { createAccess, createHttpServer, createLogger } from "@tallybook/service";
import type { HttpServer } from "@tallybook/service";
import { addWebhookRoutes } from "@tallybook/service-invoicer";
import { decode, topics } from "@tallybook/wire";
import { afterEach, beforeEach, expect, test } from "vitest";

import { askServer } from "../asking.ts";
import type { Ask } from "../asking.ts";
import { drafted, finalized, hour, openPostOffice, openReceiver } from "./post-office.ts";

let server: HttpServer;
let office: Awaited<ReturnType<typeof openPostOffice>>;
let receiver: Awaited<ReturnType<typeof openReceiver>>;
let status = 204;
let role: "finance" | "admin" = "admin";
let tenant = "default";

beforeEach(async () => {
  [status, role, tenant] = [204, "admin", "default"];
  office = await openPostOffice();
  receiver = await openReceiver(() => status);
  server = createHttpServer({
    logger: createLogger("invoicer", () => {}),
    bodyBytesMax: 16_384,
    parseBody: (bytes) => bytes,
  });
  addWebhookRoutes(server, {
    access: createAccess(() => ({ tenant, role, api_key: "k", scope: null })),
    catalog: () =>
      office.log
        .recordsOf(topics.catalog, 0)
        .reduce(
          (history, { value, offset }) =>
            evolveHistory(history, decode(value) as CatalogFact, offset),
          createCatalogHistory(),
        ).now,
    webhooks: office.webhooks,
    // Whoever orders finds the courier at work.
    orders: {
      async place(order) {
        const placed = office.orders.place(order);
        await office.work();
        return placed;
      },
    },
    secrets: office.secrets,
    invoices: async function* () {
      for (const { value, offset } of office.log.recordsOf(topics.invoices, 0))
        yield { offset, fact: decode(value) as InvoicesFact };
    },
    now: () => office.at,
    wallNow: () => office.at,
  });
  await server.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(async () => {
  await server.close();
  await receiver.close();
});

const ask: Ask = (...asked) => askServer(server, ...asked);

test("a secret is shown once, begins the sending, and its next one overlaps it", async () => {
  await office.endpoint(receiver.url);
  await office.work();
  const before = await ask("GET", "/v1/webhooks/endpoints");
  expect(before.body.endpoints).toMatchObject([
    { endpoint: "books", url: receiver.url, sends: false, waits_for: "secret", secret: null },
  ]);
  const first = await ask("POST", "/v1/webhooks/endpoints/books/secret");
  expect(first).toMatchObject({ status: 201, body: { number: 1, previous_until: null } });
  expect(first.body.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const next = await ask("POST", "/v1/webhooks/endpoints/books/secret?overlap=1");
  expect(next.body).toMatchObject({ number: 2, previous_until: "2023-11-14T23:13:20Z" });
  expect(next.body.secret).not.toBe(first.body.secret);
  const after = await ask("GET", "/v1/webhooks/endpoints");
  expect(after.body.endpoints).toMatchObject([
    { sends: true, waits_for: null, secret: { number: 2 } },
  ]);
  expect(JSON.stringify([after.body, office.facts()])).not.toContain("whsec_");
  role = "finance";
  expect(await ask("POST", "/v1/webhooks/endpoints/books/secret")).toMatchObject({ status: 403 });
  role = "admin";
  expect(await ask("POST", "/v1/webhooks/endpoints/none/secret")).toMatchObject({ status: 404 });
  expect(await ask("POST", "/v1/webhooks/endpoints/books/secret?overlap=721")).toMatchObject({
    status: 400,
  });
});

test("what is dead is listed, and sent again by its id", async () => {
  status = 500;
  await office.endpoint(receiver.url);
  await office.secret();
  await office.tell(finalized("i1"));
  for (let tries = 0; tries < 10; tries += 1) {
    await office.work();
    office.at += 30 * hour;
  }
  const dead = await ask("GET", "/v1/webhooks/deliveries?status=dead");
  expect(dead.body.deliveries).toMatchObject([
    {
      type: "invoice.finalized",
      object: "i1",
      attempts: 10,
      last: { outcome: "dead", status: 500 },
    },
  ]);
  const [{ message }] = dead.body.deliveries;
  tenant = "other";
  expect((await ask("GET", "/v1/webhooks/deliveries")).body.deliveries).toEqual([]);
  expect(await ask("POST", `/v1/webhooks/deliveries/${message}/replay`)).toMatchObject({
    status: 404,
  });
  tenant = "default";
  status = 200;
  expect(await ask("POST", `/v1/webhooks/deliveries/${message}/replay`)).toMatchObject({
    status: 202,
    body: { message, status: "delivered", attempts: 1 },
  });
  expect(new Set(receiver.ids())).toEqual(new Set([message]));
  expect((await ask("GET", "/v1/webhooks/deliveries?status=dead")).body.deliveries).toEqual([]);
  expect(await ask("GET", "/v1/webhooks/deliveries?status=lost")).toMatchObject({ status: 400 });
});

test("what happened between two times is sent again, also what nobody was told of", async () => {
  await office.tell(drafted("early"));
  await office.work();
  await office.endpoint(receiver.url);
  await office.secret();
  await office.tell(finalized("i1"));
  await office.work();
  expect(receiver.taken.length).toBe(1);
  const path = "/v1/webhooks/endpoints/books/replay";
  const all = { since: "2023-11-14T22:13:20Z", until: "2023-11-15T00:00:00Z" };
  expect(await ask("POST", path, all)).toMatchObject({ status: 202, body: { messages: 2 } });
  const told = receiver.taken.map(({ body }) => JSON.parse(body).data.invoice as string);
  expect(told.toSorted()).toEqual(["early", "i1", "i1"]);
  expect(new Set(receiver.ids()).size).toBe(2);
  // The end is left out, and so is what is not dead.
  const until = "2023-11-14T23:13:20Z";
  expect((await ask("POST", path, { ...all, until })).body).toMatchObject({ messages: 1 });
  expect((await ask("POST", path, { ...all, status: "dead" })).body).toMatchObject({ messages: 0 });
  await office.shadow("2023-12-01T00:00:00Z");
  expect((await ask("POST", path, all)).body).toMatchObject({ messages: 1 });
  expect(await ask("POST", path, { since: "yesterday" })).toMatchObject({
    status: 422,
    body: { errors: [{ field: "since" }, { field: "until" }] },
  });
});
