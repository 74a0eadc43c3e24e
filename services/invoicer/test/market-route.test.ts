import { emptyCatalog } from "@tallybook/catalog";
import { createAccess, createHttpServer, createLogger } from "@tallybook/service";
import { expect, test } from "vitest";

import { addMarketRoute } from "../src/market-route.ts";

test("countries are checked, and what is none is not", async () => {
  const server = createHttpServer({ logger: createLogger("invoicer", () => {}), bodyBytesMax: 1 });
  const access = createAccess(() => ({
    tenant: "default",
    role: "finance" as const,
    api_key: "k",
    scope: null,
  }));
  addMarketRoute(server, { access, known: emptyCatalog, now: () => 0 });
  const headers = { authorization: "Bearer key" };
  const ask = (id: string) => server.inject({ url: `/v1/markets/${id}/check`, headers });
  expect((await ask("DE")).json()).toMatchObject({ country: "DE", ready: false });
  for (const none of ["ZZ", "de", "other"]) expect((await ask(none)).statusCode).toBe(400);
  await server.close();
});
