import { expect, test } from "vitest";
import { addHealthRoutes, createHttpServer, createLogger, createMetrics } from "../src/index.ts";

test("a check with a notice is ready, and the answer says what a person should know", async () => {
  const server = createHttpServer({
    logger: createLogger("test", () => {}),
    bodyBytesMax: 1_024,
  });
  let kafka: string | null = null;
  addHealthRoutes(server, {
    metrics: createMetrics(),
    checks: {
      kafka: async () => kafka,
      spool: async () => ({ notice: "12 events wait in the spool" }),
    },
  });
  const ready = await server.inject("/readyz");
  expect([ready.statusCode, ready.json()]).toEqual([
    200,
    {
      status: "ready",
      checks: { kafka: "ok", spool: "ok" },
      notices: { spool: "12 events wait in the spool" },
    },
  ]);
  kafka = "does not answer";
  const notReady = await server.inject("/readyz");
  expect([notReady.statusCode, notReady.json()]).toMatchObject([
    503,
    { status: "not ready", checks: { kafka: "does not answer", spool: "ok" } },
  ]);
  await server.close();
});
