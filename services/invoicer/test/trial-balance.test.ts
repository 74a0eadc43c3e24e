import { createAccess, createHttpServer, createLogger, Problem } from "@tallybook/service";
import type { JournalSurvey, SurveyOptions } from "@tallybook/audit";
import { afterEach, beforeEach, expect, test } from "vitest";

import { addTrialBalanceRoutes } from "../src/trial-balance-routes.ts";
import { askServer, textAt } from "./asking.ts";

let server: ReturnType<typeof createHttpServer>;
let asked: Omit<SurveyOptions, "log">[];

const row = { currency: "USD", opening: "0", debits: "20", credits: "0", closing: "20" };
const balances = [
  { ...row, account: "assets:receivable:=acme", entity: null },
  { ...row, account: "assets:bank", entity: "gmbh", opening: "1", closing: "21" },
  { ...row, account: "income:fees:dev", entity: "gmbh", opening: "-1", closing: "-21" },
];

beforeEach(async () => {
  asked = [];
  server = createHttpServer({
    logger: createLogger("invoicer", () => {}),
    bodyBytesMax: 1_024,
    parseBody: (bytes) => bytes,
  });
  addTrialBalanceRoutes(server, {
    access: createAccess(() => ({
      role: "auditor" as const,
      tenant: "default",
      api_key: "k",
      scope: null,
    })),
    async surveys(of) {
      asked.push(of);
      if (of.entity === "none")
        throw new Problem({ status: 404, title: "Not Found", detail: "There is no such entity." });
      return { balances, head: { cut: 7, step: 9 } } as unknown as JournalSurvey;
    },
  });
  await server.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(() => server.close());

test("every account is told with its book, and each book has its totals", async () => {
  const answer = await askServer(server, "GET", "/v1/trial-balance");
  expect(answer).toMatchObject({
    status: 200,
    body: {
      cut: 7,
      step: 9,
      accounts: balances,
      totals: [
        { entity: null, currency: "USD", closing: "20" },
        { entity: "gmbh", currency: "USD", opening: "0", debits: "40", closing: "0" },
      ],
    },
  });
  expect(await textAt(server, "/v1/trial-balance.csv")).toBe(
    [
      "account,entity,currency,opening,debits,credits,closing",
      "assets:receivable:=acme,,USD,0,20,0,20",
      "assets:bank,gmbh,USD,1,20,0,21",
      "income:fees:dev,gmbh,USD,-1,20,0,-21",
      "",
    ].join("\r\n"),
  );
});

test("it is of the tenant who asks, of a stretch of time and of an entity where they are given", async () => {
  for (const query of ["", "?entity=gmbh", "?to=2024-01-01T00:00:00Z"])
    await askServer(server, "GET", `/v1/trial-balance${query}`);
  const tenant = "default";
  expect(asked).toEqual([
    { tenant, wanted: { by: "everything" } },
    { tenant, wanted: { by: "everything" }, entity: "gmbh" },
    { tenant, wanted: { by: "dates", from: 0, to: 1_704_067_200_000_000 } },
  ]);
  for (const [query, status] of [
    ["from=2024-01-01T00:00:00Z", 400],
    ["from=2024-02-01T00:00:00Z&to=2024-01-01T00:00:00Z", 400],
    ["to=today", 400],
    ["entity=none", 404],
    ["entity=", 400],
  ] as const)
    expect((await askServer(server, "GET", `/v1/trial-balance?${query}`)).status).toBe(status);
});
