import { authenticate } from "@tallybook/catalog";
import { connectLog } from "@tallybook/log";
import {
  addHealthRoutes,
  createAccess,
  createFailpoints,
  createHttpServer,
  createMetrics,
  listen,
  run,
  untilStopped,
} from "@tallybook/service";
import { topics } from "@tallybook/wire";
import { readConfig } from "./config.ts";
import { openFolds } from "./folds.ts";
import { createGatherer } from "./gather.ts";
import { createIngestMetrics } from "./metrics.ts";
import { addEventRoutes, bodyBytesMax, parseBody } from "./routes.ts";

await run("ingest", async ({ open, stopping, logger }) => {
  const { kafka, host, port, partitions, failpoint } = readConfig(process.env);
  const log = open(await connectLog({ ...kafka, clientId: "tallybook-ingest" }), (it) =>
    it.close(),
  );
  await log.prepareTopics([
    { topic: topics.usageRaw, partitions },
    { topic: topics.cuts, partitions: 1 },
    { topic: topics.catalog, partitions: 1 },
  ]);
  const wallClock = (): number => Date.now() * 1_000;
  const folds = open(await openFolds(log, { partitions, wallClock }), (it) => it.close());

  const metrics = createMetrics();
  const ingestMetrics = createIngestMetrics(metrics);
  const gatherer = open(
    createGatherer({
      openProducer: () => log.producer(),
      bytesMax: 800_000,
      waitMsMax: 20_000,
      onProduced: ingestMetrics.produced,
      onFailure(error) {
        ingestMetrics.produceFailed();
        logger.warn("Kafka did not take a produce", { error });
      },
    }),
    (it) => it.close(),
  );
  const server = open(createHttpServer({ logger, bodyBytesMax, parseBody }), (it) => it.close());
  const access = createAccess((sha256Hex) => authenticate(folds.catalog(), sha256Hex));
  addEventRoutes(server, {
    access,
    folds,
    gatherer,
    metrics: ingestMetrics,
    failpoint: createFailpoints(failpoint),
    partitions,
  });
  const checks = {
    cuts: async () => folds.whyNotReady(),
    kafka: async () =>
      (await log.endOffset(topics.catalog, 0)) > 0 ? null : "the catalog is empty",
  };
  addHealthRoutes(server, { checks, metrics });
  server.get("/progress", () => ({ catalog_offset: folds.catalogOffset() }));

  logger.info("listening", { url: await listen(server, { host, port }) });
  await Promise.race([untilStopped(stopping), folds.failed]);
});
