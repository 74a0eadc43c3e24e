import { setTimeout as sleep } from "node:timers/promises";
import type { HttpServer } from "./http-server.ts";
import type { Metrics } from "./metrics.ts";

/** Something that works, and that a person should know of. */
export type Notice = { readonly notice: string };

/** Why a dependency cannot be used now, or null when it can. */
export type Check = () => Promise<string | Notice | null>;

const checkMsMax = 2_000;

/**
 * Adds `/livez` (200 while the process answers), `/readyz` (each dependency with `ok` or why not, 503 if one is not)
 * and `/metrics` (Prometheus' text format). A check that throws, or takes longer than two seconds, is not ready. One with
 * a notice is ready, and `notices` says what it is.
 * A standby whose dependencies are there answers `/readyz` with 503 and `standby`.
 */
export function addHealthRoutes(
  server: HttpServer,
  health: {
    readonly checks: Readonly<Record<string, Check>>;
    readonly metrics: Metrics;
    /** Waits to become the active instance: alive, and not ready whatever the checks say. */
    readonly isStandby?: boolean;
  },
): void {
  const { isStandby = false } = health;
  server.get("/livez", () => ({ status: "alive", ...(isStandby ? { standby: true } : {}) }));
  server.get("/readyz", async (_request, reply) => {
    const outcomes = await Promise.all(
      Object.entries(health.checks).map(
        async ([name, check]) => [name, await outcomeOf(check)] as const,
      ),
    );
    const ready = outcomes.every(([, outcome]) => typeof outcome === "object");
    const checks = outcomes.map(([name, outcome]) => [
      name,
      typeof outcome === "string" ? outcome : "ok",
    ]);
    const notices = outcomes.flatMap(([name, outcome]) =>
      typeof outcome === "object" && outcome !== null ? [[name, outcome.notice]] : [],
    );
    return reply.code(ready && !isStandby ? 200 : 503).send({
      status: statusOf(ready, isStandby),
      checks: Object.fromEntries(checks),
      ...(notices.length > 0 && { notices: Object.fromEntries(notices) }),
    });
  });
  server.get("/metrics", (_request, reply) =>
    reply.type("text/plain; version=0.0.4; charset=utf-8").send(health.metrics.text()),
  );
}

function statusOf(ready: boolean, isStandby: boolean): string {
  if (!ready) return "not ready";
  return isStandby ? "standby" : "ready";
}

async function outcomeOf(check: Check): Promise<string | Notice | null> {
  const late = sleep(checkMsMax, `no answer within ${checkMsMax} ms`, { ref: false });
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
