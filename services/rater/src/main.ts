import { authenticate } from "@tallybook/catalog";
import type { CatalogFact } from "@tallybook/catalog";
import { connectColumns } from "@tallybook/columns";
import { createCatalogHistory, evolveHistory } from "@tallybook/journal";
import { connectLog, follow, reopening } from "@tallybook/log";
import {
  addHealthRoutes,
  createAccess,
  createFailpoints,
  createHttpServer,
  createMetrics,
  listen,
  readSigningKey,
  run,
  runWorkers,
} from "@tallybook/service";
import { createCutsFold, noCuts } from "@tallybook/usage";
import type { CutFact } from "@tallybook/usage";
import { topics } from "@tallybook/wire";

import { readConfig } from "./config.ts";
import { evolveJournalIndex } from "./journal.ts";
import { openRater } from "./rater.ts";
import { addJournalRoutes } from "./routes.ts";
import { emptyInvoicesSource, evolveInvoicesSource } from "./invoices.ts";
import { createStanding } from "./standing.ts";

const oneEach = [topics.catalog, topics.cuts, topics.journal, topics.invoices].map((topic) => ({
  topic,
  partitions: 1,
}));
/** A month of many customers is rated in one turn. */
const turnMsMax = 30 * 60_000;

await run("rater", async ({ open, stopping, logger }) => {
  const config = readConfig(process.env);
  const reached = createFailpoints(config.failpoint);
  const { privateKey: signingKey } = readSigningKey(config.signingKeyFile);
  const log = open(
    await connectLog({ ...config.kafka, clientId: "tallybook-rater", reached }),
    (it) => it.close(),
  );
  const columns = open(connectColumns(config.columns), (it) => it.close());
  await log.prepareTopics(oneEach);
  const evolveCuts = createCutsFold();
  const cuts = open(
    await follow({
      log,
      topic: topics.cuts,
      initial: noCuts,
      evolve: (state, fact) => evolveCuts(state, fact as CutFact),
    }),
    (it) => it.close(),
  );
  const catalog = open(
    await follow({
      log,
      topic: topics.catalog,
      initial: createCatalogHistory(),
      evolve: (history, fact, offset) => evolveHistory(history, fact as CatalogFact, offset),
    }),
    (it) => it.close(),
  );
  const invoices = open(
    await follow({
      log,
      topic: topics.invoices,
      initial: emptyInvoicesSource(),
      evolve: evolveInvoicesSource,
    }),
    (it) => it.close(),
  );
  const journal = open(
    await follow({ log, topic: topics.journal, initial: [], evolve: evolveJournalIndex }),
    (it) => it.close(),
  );

  const metrics = createMetrics();
  const standing = createStanding({ logger, metrics });
  const worker = open(
    reopening({
      open: () =>
        openRater({
          log,
          cuts,
          catalog,
          invoices,
          columns,
          signingKey,
          reached,
          ...standing,
          stopping,
        }),
      onUnavailable: (error) => logger.warn("Kafka is not there", { error }),
      stopping,
    }),
    (it) => it.close(),
  );

  const server = open(createHttpServer({ logger, bodyBytesMax: 1_024 }), (it) => it.close());
  const access = createAccess((sha256Hex) => authenticate(catalog.state().now, sha256Hex));
  addJournalRoutes(server, { log, index: () => journal.state(), access });
  addHealthRoutes(server, {
    checks: {
      kafka: async () =>
        (await log.endOffset(topics.catalog, 0)) > 0 ? null : "the topic catalog is empty",
      clickhouse: async () => columns.prepare().then(() => null),
      columns: async () => standing.unproven(),
      spools: async () => standing.spoolNotice(),
    },
    metrics,
  });
  server.get("/progress", () => standing.progress(cuts.state()));
  logger.info("ready", { url: await listen(server, { host: config.host, port: config.port }) });

  await Promise.race([
    runWorkers([{ name: "rater", turn: () => worker.turn() }], stopping, { turnMsMax }),
    cuts.done,
    catalog.done,
    invoices.done,
    journal.done,
  ]);
});
