import { readFileSync } from "node:fs";
import { authenticate } from "@tallybook/catalog";
import { connectLog, seekLease } from "@tallybook/log";
import {
  addHealthRoutes,
  becomeActive,
  createAccess,
  createFailpoints,
  createHttpServer,
  createMetrics,
  listen,
  refuseUnlessActive,
  run,
  untilStopped,
} from "@tallybook/service";
import { schemas, topics } from "@tallybook/wire";
import { hashOf, readConfig } from "./config.ts";
import { prepareCatalog } from "./first-facts.ts";
import { makeKeyId } from "./keys.ts";
import { followPlacedCuts } from "./placed-cuts.ts";
import { openRegistry } from "./registry.ts";
import { addCatalogRoutes, parseBody } from "./routes.ts";
import { addSchemaRoutes } from "./schema-routes.ts";
import { subjectsOf } from "./schema-subjects.ts";

const bodyBytesMax = 8 * 1024 * 1024;

await run("catalog", async (scope) => {
  const { open, stopping, logger } = scope;
  const config = readConfig(process.env);
  const { kafka, instance, host, port, settings, failpoint, adminKeyHashFile: file } = config;
  const reached = createFailpoints(failpoint);
  const log = open(await connectLog({ ...kafka, clientId: "tallybook-catalog", reached }), (it) =>
    it.close(),
  );
  await log.prepareTopics([
    { topic: topics.catalog, partitions: 1 },
    { topic: topics.cuts, partitions: 1 },
  ]);
  const { lease, checks } = await becomeActive(scope, {
    host,
    port,
    log,
    made: topics.catalog,
    seek: (onDoubt) =>
      seekLease("catalog", { ...kafka, ...instance, clientId: "tallybook-catalog", onDoubt }),
  });
  const registry = open(await openRegistry(log, () => Date.now() * 1_000, { reached }), (it) =>
    it.close(),
  );
  const adminKeyHash =
    config.adminKeyHash ?? (file === "" ? null : hashOf(readFileSync(file, "utf8").trim(), file));
  const adminKey = adminKeyHash && { api_key: makeKeyId(), hash: Buffer.from(adminKeyHash, "hex") };
  await registry.execute(prepareCatalog(settings, adminKey || null), {
    tenant: "",
    actor: "system",
  });
  const cuts = open(await followPlacedCuts(log), (it) => it.close());

  const metrics = createMetrics();
  metrics.observed(
    "catalog_offset",
    "Facts of the topic catalog below it are folded.",
    () => registry.catalog().offset,
  );
  const server = open(createHttpServer({ logger, bodyBytesMax, parseBody }), (it) => it.close());
  refuseUnlessActive(server, lease);
  const access = createAccess((sha256Hex) =>
    authenticate(registry.catalog(), sha256Hex, Date.now() * 1_000),
  );
  addCatalogRoutes(server, { registry, cuts, access });
  addSchemaRoutes(server, subjectsOf(schemas.values(), kafka.prefix));
  addHealthRoutes(server, { checks, metrics });
  server.get("/progress", () => ({ catalog_offset: registry.catalog().offset }));

  logger.info("ready", { url: await listen(server, { host, port }) });
  await Promise.race([untilStopped(stopping), lease.lost, registry.failed, cuts.done]);
});
