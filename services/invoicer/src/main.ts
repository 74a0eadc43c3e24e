import { authenticate } from "@tallybook/catalog";
import type { CatalogFact } from "@tallybook/catalog";
import { createCatalogHistory, evolveHistory } from "@tallybook/journal";
import { connectLog, follow, reopening } from "@tallybook/log";
import {
  addHealthRoutes,
  createAccess,
  createFailpoints,
  createHttpServer,
  createMetrics,
  listen,
  run,
  runWorkers,
} from "@tallybook/service";
import { topics } from "@tallybook/wire";

import { emptyArchive, evolveArchive } from "./archive.ts";
import { readConfig } from "./config.ts";
import { openInvoicer } from "./invoicer.ts";
import type { Standing } from "./invoicer.ts";
import { createPages } from "./pages.ts";
import { addInvoiceRoutes } from "./routes.ts";

const oneEach = [topics.catalog, topics.journal, topics.invoices].map((topic) => ({
  topic,
  partitions: 1,
}));
/** At the start the whole journal is read in few turns. */
const turnMsMax = 10 * 60_000;

await run("invoicer", async ({ open, stopping, logger }) => {
  const config = readConfig(process.env);
  const reached = createFailpoints(config.failpoint);
  const log = open(
    await connectLog({ ...config.kafka, clientId: "tallybook-invoicer", reached }),
    (it) => it.close(),
  );
  await log.prepareTopics(oneEach);
  const catalog = open(
    await follow({
      log,
      topic: topics.catalog,
      initial: createCatalogHistory(),
      evolve: (history, fact, offset) => evolveHistory(history, fact as CatalogFact, offset),
    }),
    (it) => it.close(),
  );
  const archive = open(
    await follow({ log, topic: topics.invoices, initial: emptyArchive(), evolve: evolveArchive }),
    (it) => it.close(),
  );

  const pages = createPages(catalog);
  let standing: Standing | undefined;
  const worker = open(
    reopening({
      open: () =>
        openInvoicer({
          log,
          catalog,
          reached,
          shown: (end) => archive.until((_, offset) => offset >= end, stopping),
          passed: (passed) => {
            standing = passed;
            pages.passed(passed);
          },
          stopping,
        }),
      onUnavailable: (error) => logger.warn("Kafka is not there", { error }),
      stopping,
    }),
    (it) => it.close(),
  );

  const metrics = createMetrics();
  metrics.observed(
    "invoicer_step",
    "The last step of the journal that is wholly invoiced.",
    () => standing?.head.step ?? -1,
  );
  metrics.observed(
    "invoicer_invoices_offset",
    "Behind the last invoice that was written.",
    () => standing?.invoices_offset ?? 0,
  );
  const server = open(createHttpServer({ logger, bodyBytesMax: 1_024 }), (it) => it.close());
  const access = createAccess((sha256Hex) => authenticate(catalog.state().now, sha256Hex));
  addInvoiceRoutes(server, { archive: () => archive.state(), pages, access });
  addHealthRoutes(server, {
    checks: {
      kafka: async () =>
        (await log.endOffset(topics.catalog, 0)) > 0 ? null : "the topic catalog is empty",
    },
    metrics,
  });
  server.get("/progress", () => ({
    // Of the last cut that is wholly invoiced.
    catalog_offset: standing?.catalog_offset ?? 0,
    invoices_offset: standing?.invoices_offset ?? 0,
    cut: standing?.head.cut ?? -1,
    step: standing?.head.step ?? -1,
  }));
  logger.info("ready", { url: await listen(server, { host: config.host, port: config.port }) });

  await Promise.race([
    runWorkers([{ name: "invoicer", turn: () => worker.turn() }], stopping, { turnMsMax }),
    catalog.done,
    archive.done,
  ]);
});
