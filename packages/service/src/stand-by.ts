import type { Check } from "./health.ts";
import { addHealthRoutes } from "./health.ts";
import { createHttpServer, type HttpServer, listen } from "./http-server.ts";
import { createMetrics } from "./metrics.ts";
import { Problem } from "./problem.ts";
import type { Scope } from "./run.ts";

/** What decides which of several instances is the active one; see `Lease` of @tallybook/log. */
export interface Activity {
  held(signal: AbortSignal): Promise<void>;
  isSure(): boolean;
}

/**
 * Begins a service of which one instance at a time is active: seeks the lease, and returns once this instance holds it.
 * With it comes the check of Kafka that all of them answer probes with, before and after.
 */
export async function becomeActive<Lease extends Activity & { close(): Promise<void> }>(
  { open, stopping, logger }: Scope,
  given: {
    readonly host: string;
    readonly port: number;
    readonly log: { endOffset(topic: string, partition: number): Promise<number> };
    /** The topic whose first fact says that there is a deployment. */
    readonly made: string;
    /** Told `onDoubt` whenever Kafka does not answer. */
    readonly seek: (onDoubt: (error: Error) => void) => Lease;
  },
): Promise<{ readonly lease: Lease; readonly checks: { readonly kafka: Check } }> {
  const { host, port, log, made } = given;
  const checks = {
    kafka: async () => ((await log.endOffset(made, 0)) > 0 ? null : `the topic ${made} is empty`),
  };
  const lease = open(
    given.seek((error) => logger.warn("waiting for Kafka", { error })),
    (it) => it.close(),
  );
  await standBy(lease, { host, port, checks, logger, stopping });
  return { lease, checks };
}

/**
 * Waits as a standby until this instance is the active one. Meanwhile the port answers probes alone: `/livez` with 200,
 * `/readyz` with 503 and `standby`, so that whoever goes by readiness sends it nothing. It answers no reads either: what
 * it folded could be behind what the active one has already told.
 */
async function standBy(
  activity: Activity,
  given: {
    readonly host: string;
    readonly port: number;
    readonly checks: Readonly<Record<string, Check>>;
  } & Pick<Scope, "logger" | "stopping">,
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
