import { setTimeout as sleep } from "node:timers/promises";
import type { HttpServer } from "./http-server.ts";
import type { Metrics } from "./metrics.ts";

/** Why a dependency cannot be used now, or null when it can. */
export type Check = () => Promise<string | null>;

const checkMsMax = 2_000;

/**
 * Adds `/livez` (200 while the process answers), `/readyz` (each dependency with `ok` or why not, 503 if one is not)
 * and `/metrics` (Prometheus' text format). A check that throws, or takes longer than two seconds, is not ready.
 */
export function addHealthRoutes(
  server: HttpServer,
  health: { readonly checks: Readonly<Record<string, Check>>; readonly metrics: Metrics },
): void {
  server.get("/livez", () => ({ status: "alive" }));
  server.get("/readyz", async (_request, reply) => {
    const outcomes = await Promise.all(
      Object.entries(health.checks).map(async ([name, check]) => [name, await outcomeOf(check)]),
    );
    const ready = outcomes.every(([, outcome]) => outcome === "ok");
    return reply
      .code(ready ? 200 : 503)
      .send({ status: ready ? "ready" : "not ready", checks: Object.fromEntries(outcomes) });
  });
  server.get("/metrics", (_request, reply) =>
    reply.type("text/plain; version=0.0.4; charset=utf-8").send(health.metrics.text()),
  );
}

async function outcomeOf(check: Check): Promise<string> {
  const late = sleep(checkMsMax, `no answer within ${checkMsMax} ms`, { ref: false });
  try {
    return (await Promise.race([check(), late])) ?? "ok";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
