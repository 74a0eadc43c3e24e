import { authenticate, customerOf, timeOf } from "@tallybook/catalog";
import { connectColumns } from "@tallybook/columns";
import {
  beating,
  connectLog,
  follow,
  followCatalogHistory,
  reopening,
  seekLease,
} from "@tallybook/log";
import {
  addHealthRoutes,
  becomeActive,
  createAccess,
  createFailpoints,
  createHttpServer,
  createMetrics,
  createPulse,
  listen,
  refuseUnlessActive,
  run,
  runWorkers,
} from "@tallybook/service";
import { topics } from "@tallybook/wire";

import { emptyArchive, evolveArchive } from "./archive.ts";
import { createAuditor } from "./auditor.ts";
import { addBillingRoutes } from "./billing-routes.ts";
import { connectCatalogDesk } from "./catalog-desk.ts";
import { readConfig } from "./config.ts";
import { openInvoicer } from "./invoicer.ts";
import { createOrders } from "./orders.ts";
import { createPages } from "./pages.ts";
import { billedIn, createPassing } from "./passing.ts";
import { invoicerLag } from "./lag.ts";
import { addDisputeRoutes } from "./dispute-routes.ts";
import { addKnownAtRoute } from "./known-at-route.ts";
import { addPaymentRoutes } from "./payment-routes.ts";
import { addInvoiceRoutes } from "./routes.ts";
import { addTypedInvoiceRoutes } from "./typed-routes.ts";

const oneEach = [topics.catalog, topics.journal, topics.invoices].map((topic) => ({
  topic,
  partitions: 1,
}));
await run("invoicer", async (scope) => {
  const { open, stopping, logger } = scope;
  const config = readConfig(process.env);
  const reached = createFailpoints(config.failpoint);
  const log = open(
    await connectLog({ ...config.kafka, clientId: "tallybook-invoicer", reached }),
    (it) => it.close(),
  );
  await log.prepareTopics(oneEach);
  const { lease, checks } = await becomeActive(scope, {
    host: config.host,
    port: config.port,
    log,
    made: topics.catalog,
    seek: (onDoubt) =>
      seekLease("invoicer", {
        ...config.kafka,
        ...config.instance,
        clientId: "tallybook-invoicer",
        onDoubt,
      }),
  });
  const catalog = open(await followCatalogHistory(log), (it) => it.close());
  const archive = open(
    await follow({ log, topic: topics.invoices, initial: emptyArchive(), evolve: evolveArchive }),
    (it) => it.close(),
  );

  const pages = createPages(catalog);
  const passing = createPassing();
  const orders = createOrders();
  // A connection of its own: what has gone silent cannot tell that it has.
  const lookout = open(await connectLog({ ...config.kafka, clientId: "tallybook-lookout" }), (it) =>
    it.close(),
  );
  const columns = open(connectColumns(config.columns), (it) => it.close());
  const pulse = createPulse();
  const worker = open(
    reopening({
      open: () =>
        openInvoicer({
          log: beating(log, pulse.beat),
          catalog,
          reached,
          shown: (end) => archive.until((_, offset) => offset >= end, stopping),
          orders,
          passed: (standing) => {
            passing.passed(standing);
            pages.passed(standing);
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
    () => passing.standing()?.head.step ?? -1,
  );
  metrics.observed(
    "invoicer_invoices_offset",
    "Behind the last invoice that was written.",
    () => passing.standing()?.invoices_offset ?? 0,
  );
  // Most of these routes say all in their address: a body is parsed by who reads it.
  const server = open(
    createHttpServer({ logger, bodyBytesMax: 16 * 1_024, parseBody: (bytes) => bytes }),
    (it) => it.close(),
  );
  refuseUnlessActive(server, lease);
  const access = createAccess((sha256Hex) =>
    authenticate(catalog.state().now, sha256Hex, Date.now() * 1_000),
  );
  const billed = billedIn({ catalog: () => catalog.state().now, passing });
  addInvoiceRoutes(server, { archive: () => archive.state(), pages, access, billed });
  const desk = {
    archive: () => archive.state(),
    access,
    passing,
    orders,
    catalog: connectCatalogDesk(config.catalogUrls),
    billed,
    auditor: createAuditor({ log: lookout, columns }),
    now: () => timeOf(catalog.state().now, Date.now() * 1_000),
  };
  addBillingRoutes(server, desk);
  addTypedInvoiceRoutes(server, desk);
  addDisputeRoutes(server, desk);
  addKnownAtRoute(server, desk);
  addPaymentRoutes(server, {
    ...desk,
    customerOf: (tenant, customer) => customerOf(catalog.state().now, tenant, customer),
  });
  addHealthRoutes(server, {
    checks,
    metrics,
  });
  server.get("/progress", () => {
    const standing = passing.standing();
    return {
      // Of the last cut that is wholly invoiced.
      catalog_offset: standing?.catalog_offset ?? 0,
      invoices_offset: standing?.invoices_offset ?? 0,
      cut: standing?.head.cut ?? -1,
      step: standing?.head.step ?? -1,
    };
  });
  logger.info("ready", { url: await listen(server, { host: config.host, port: config.port }) });

  const watched = {
    name: "invoicer",
    turn: () => worker.turn(),
    pulse,
    lag: () => invoicerLag(lookout, passing.standing()?.head.step ?? -1),
  };
  await Promise.race([lease.lost, runWorkers([watched], stopping), catalog.done, archive.done]);
});
