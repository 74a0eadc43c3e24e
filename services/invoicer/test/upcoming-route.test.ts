import type { UpcomingInvoices } from "@tallybook/audit";
import type { Upcoming } from "@tallybook/invoice";
import { createAccess, createHttpServer, createLogger } from "@tallybook/service";
import type { HttpServer } from "@tallybook/service";
import { afterEach, beforeEach, expect, test } from "vitest";

import { addUpcomingRoute } from "../src/upcoming-route.ts";
import { drafted } from "./webhooks/post-office.ts";

let server: HttpServer;

const vat = {
  treatment: "taxed",
  tax_rate: "vat",
  tax_rate_version: 1,
  name: "VAT",
  jurisdiction: "DE",
  percent: "19",
  inclusive: false,
  reason: "",
} as const;
const taxed: Upcoming = {
  draft: drafted("i1"),
  tax: { kind: "told", basis: null, on: [[vat]] },
};
const untold: Upcoming = {
  draft: { ...drafted("i2"), subscription: "s2" },
  tax: { kind: "unknown", reason: "nobody knows" },
};
const told: UpcomingInvoices = {
  cut: 7,
  complete_to: 1_700_000_000_000_000,
  head: null,
  invoices: [taxed, untold],
  parked: [],
};

beforeEach(() => {
  server = createHttpServer({ logger: createLogger("invoicer", () => {}), bodyBytesMax: 1_024 });
  addUpcomingRoute(server, {
    access: createAccess(() => ({ tenant: "t", role: "analyst", api_key: "k", scope: null })),
    auditor: { upcoming: async () => told },
    customerOf: (_tenant, customer) => (customer === "acme" ? {} : undefined),
  });
});

afterEach(() => server.close());

async function ask(query: string) {
  const headers = { authorization: "Bearer k" };
  const answer = await server.inject({ url: `/v1/invoices/upcoming${query}`, headers });
  return { status: answer.statusCode, body: JSON.parse(answer.body) as Record<string, unknown> };
}

test("what stands to be invoiced is provisional, a draft without a number, with the tax that can be told", async () => {
  const { status, body } = await ask("?customer=acme");
  expect(status).toBe(200);
  expect(body).toMatchObject({
    provisional: true,
    complete_to: "2023-11-14T22:13:20Z",
    cut: 7,
    invoices: [
      { invoice: "i1", status: "draft", number: null, total: "2380", tax: "380" },
      { invoice: "i2", status: "draft", number: null, total: "2000", tax: "0" },
    ],
  });
});

test("it is asked for by its customer, and narrowed to a subscription", async () => {
  expect((await ask("")).status).toBe(400);
  expect((await ask("?customer=nobody")).status).toBe(404);
  expect((await ask("?customer=acme&subscription=s2")).body).toMatchObject({
    invoices: [{ invoice: "i2" }],
  });
});
