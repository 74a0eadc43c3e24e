import { connectLog, LogUnavailable } from "@tallybook/log";
import {
  addHealthRoutes,
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
import { addSpoolMetrics, createKeeping, kafkaOrSpool, pendingOf, spoolNotice } from "./keeping.ts";
import { allOf, inherit } from "./inherit.ts";
import { createIngestMetrics } from "./metrics.ts";
import { createRecovery } from "./recover.ts";
import { addDoorRoutes, errorBody, parseBody } from "./routes.ts";
import { addSessionRoute, createKeys } from "./sessions.ts";
import { openSpoolFiles } from "./spool/files.ts";
import { lockFolder } from "./spool/lock.ts";
import { openSpool } from "./spool/spool.ts";

/** Of requests that are no front door's: each of those has a bound of its own. */
const otherBodyBytesMax = 1_024;

await run("ingest", async ({ open, stopping, logger }) => {
  const config = readConfig(process.env);
  const { kafka, host, port, partitions, failpoint } = config;
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
  const files = openSpoolFiles(config.spool.folder);
  const { folder } = files;
  open(await lockFolder(folder), (unlock) => unlock());
  const keeping = createKeeping(logger, folder);
  const spool = open(
    await openSpool({ files, bytesMax: config.spool.bytesMax, now: Date.now, ...keeping }),
    (it) => it.close(),
  );
  const gatherer = open(
    createGatherer({
      openProducer: () => log.producer(),
      keep: (records) => spool.append(records),
      bytesMax: 800_000,
      patienceMs: 2_000,
      onProduced: ingestMetrics.produced,
      onFailure: produceFailed,
      onAway(stranded) {
        keeping.onAway();
        recovery.begin(stranded);
      },
    }),
    (it) => it.close(),
  );
  const recovery = open(
    createRecovery({
      openProducer: () => log.producer(),
      spool,
      isAway: gatherer.isAway,
      onBack: gatherer.comeBack,
      onDrained: keeping.onDrained,
      onFailure: produceFailed,
    }),
    (it) => it.close(),
  );
  function produceFailed(error: unknown): void {
    ingestMetrics.produceFailed();
    logger.warn("Kafka did not take a produce", { error });
  }
  const inherited = await Promise.all(
    config.spool.inherited.map(async (of) =>
      open(
        await inherit(of, {
          logger,
          openProducer: () => log.producer(),
          onFailure: produceFailed,
        }),
        (it) => it[Symbol.asyncDispose](),
      ),
    ),
  );
  const spools = [{ folder, state: spool.state }, ...inherited];
  const allSpools = allOf(spools);
  addSpoolMetrics(metrics, allSpools, gatherer, Date.now);
  // What an earlier run left.
  if (spool.state().records > 0) recovery.begin([]);
  const server = open(
    createHttpServer({ logger, bodyBytesMax: otherBodyBytesMax, parseBody, errorBody }),
    (it) => it.close(),
  );
  const keys = createKeys(folds.catalog, wallClock);
  addSessionRoute(server, { keys });
  addDoorRoutes(server, {
    accessAt: keys.accessAt,
    folds,
    gatherer,
    metrics: ingestMetrics,
    failpoint: createFailpoints(failpoint),
    partitions,
  });
  const checks = {
    cuts: async () => folds.whyNotReady(),
    kafka: () =>
      kafkaOrSpool(spool, config.spool.bytesMax, async () => {
        if (gatherer.isAway()) throw new LogUnavailable("Kafka does not answer");
        return log.endOffset(topics.catalog, 0);
      }),
    spool: async () => spoolNotice(spools),
  };
  addHealthRoutes(server, { checks, metrics });
  server.get("/spool", () => pendingOf(allSpools));
  server.get("/progress", () => ({ catalog_offset: folds.catalogOffset() }));

  logger.info("listening", { url: await listen(server, { host, port }) });
  await Promise.race([untilStopped(stopping), folds.failed]);
});
