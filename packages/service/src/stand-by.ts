import type { Check } from "./health.ts";
import { addHealthRoutes } from "./health.ts";
import { createHttpServer, type HttpServer, listen } from "./http-server.ts";
import type { Logger } from "./logger.ts";
import { createMetrics } from "./metrics.ts";
import { Problem } from "./problem.ts";

/** What decides which of several instances is the active one; see `Lease` of @tallybook/log. */
export interface Activity {
  held(signal: AbortSignal): Promise<void>;
  isSure(): boolean;
}

/**
 * Waits as a standby until this instance is the active one. Meanwhile the port answers probes alone: `/livez` with 200,
 * `/readyz` with 503 and `standby`, so that whoever goes by readiness sends it nothing. It answers no reads either: what
 * it folded could be behind what the active one has already told.
 */
export async function standBy(
  activity: Activity,
  given: {
    readonly host: string;
    readonly port: number;
    readonly checks: Readonly<Record<string, Check>>;
    readonly logger: Logger;
    readonly stopping: AbortSignal;
  },
): Promise<void> {
  const { host, port, checks, logger, stopping } = given;
  if (activity.isSure()) return;
  const server = createHttpServer({ logger, bodyBytesMax: 1 });
  refuseUnlessActive(server, { isSure: () => false });
  const metrics = createMetrics();
  metrics.gauge("standby", "1 while another instance is the active one.").set(1);
  addHealthRoutes(server, { checks, metrics, isStandby: true });
  server.get("/progress", () => ({ standby: true }));
  logger.info("standby", { url: await listen(server, { host, port }) });
  try {
    await activity.held(stopping);
  } finally {
    await server.close();
  }
  logger.info("active");
}

/** Refuses requests while another instance may have taken over, as after a long standstill: answers would be old. */
export function refuseUnlessActive(server: HttpServer, activity: Pick<Activity, "isSure">): void {
  server.addHook("onRequest", async (request) => {
    if (!activity.isSure() && !probes.has(request.url)) throw inactive();
  });
}

const probes: ReadonlySet<string> = new Set(["/livez", "/readyz", "/metrics", "/progress"]);

function inactive(): Problem {
  return new Problem({
    status: 503,
    title: "Service Unavailable",
    detail: "This instance is a standby: another one answers. Send it again.",
    headers: { "retry-after": "1" },
  });
}
