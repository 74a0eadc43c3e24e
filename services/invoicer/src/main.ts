import { authenticate, customerOf, timeOf } from "@tallybook/catalog";
import { isDraftInShadow } from "@tallybook/invoice";
import type { InvoiceDrafted } from "@tallybook/invoice";
import { connectColumns } from "@tallybook/columns";
import {
  beating,
  connectLog,
  Fenced,
  follow,
  followCatalogHistory,
  pause,
  readAll,
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
  createOutbound,
  createPulse,
  Hung,
  listen,
  refuseUnlessActive,
  run,
  runWorkers,
} from "@tallybook/service";
import type { InvoicesFact, Webhooks } from "@tallybook/invoice";
import { MICROS_PER_SECOND } from "@tallybook/periods";
import { decode, topics } from "@tallybook/wire";

import { emptyArchive, evolveArchive, oldestDraft, untaxedDrafts } from "./archive.ts";
import { createAuditor } from "./auditor.ts";
import { addBillingRoutes } from "./billing-routes.ts";
import { createBookKeeper } from "./book-keeper.ts";
import { connectCatalogDesk } from "./catalog-desk.ts";
import { readConfig } from "./config.ts";
import { openInvoicer } from "./invoicer.ts";
import { addMarketRoute } from "./market-route.ts";
import { createOrders } from "./orders.ts";
import { createPages } from "./pages.ts";
import { billedIn, createPassing } from "./passing.ts";
import { invoicerLag } from "./lag.ts";
import { addDisputeRoutes } from "./dispute-routes.ts";
import { addKnownAtRoute } from "./known-at-route.ts";
import { addUpcomingRoute } from "./upcoming-route.ts";
import { transactionsOf } from "./journal-of.ts";
import { createJournalSurveys } from "./journal-surveys.ts";
import { addAllLifeRoutes } from "./life.ts";
import { addReplayMovedRoutes } from "./replay-moved-routes.ts";
import { addReplayRoute } from "./replay-route.ts";
import { addInvoiceRoutes } from "./routes.ts";
import { addStripeRoutes } from "./stripe/routes.ts";
import { createStripeRunner } from "./stripe/runner.ts";
import { createTill } from "./stripe/till.ts";
import { createTaxAsker } from "./tax-asker.ts";
import { createTaxDesk } from "./tax-desk.ts";
import { addTypedInvoiceRoutes } from "./typed-routes.ts";
import { openCourier } from "./webhooks/courier.ts";
import { createWebhookOrders } from "./webhooks/orders.ts";
import { addWebhookRoutes } from "./webhooks/routes.ts";
import { readSecrets } from "./webhooks/secrets.ts";

const oneEach = [topics.catalog, topics.journal, topics.invoices, topics.webhooks].map((topic) => ({
  topic,
  partitions: 1,
}));
/** Between looks for drafts that wait for a calculator's word. */
const idleMs = 500;

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

  // A connection and a loop of their own: billing waits for no receiver, and for nothing that goes wrong with webhooks.
  const postLog = open(
    await connectLog({ ...config.kafka, clientId: "tallybook-webhooks", reached }),
    (it) => it.close(),
  );
  const secrets = config.webhookKeyFile === "" ? undefined : readSecrets(config.webhookKeyFile);
  const outbound = createOutbound(config.outboundAllowed);
  const webhookOrders = createWebhookOrders();
  const wallNow = () => Date.now() * 1_000;
  let webhooks: Webhooks | undefined;
  const courier = open(
    reopening({
      open: () =>
        openCourier({
          log: postLog,
          catalog,
          outbound,
          secrets,
          orders: webhookOrders,
          reached,
          opened: (fold) => (webhooks = fold),
          now: wallNow,
          stopping,
        }),
      isPassing: (error) => !(error instanceof Fenced) && !(error instanceof Hung),
      onUnavailable: (error) => logger.warn("webhooks wait", { error }),
      stopping,
    }),
    (it) => it.close(),
  );
  const posting = createPulse();

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
  metrics.observed(
    "invoicer_drafts_untaxed",
    "Drafts that are due and wait because nobody can tell their tax.",
    () => untaxedDrafts(archive.state()),
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
  const deploymentNow = () => timeOf(catalog.state().now, wallNow());
  metrics.observed(
    "invoicer_draft_age_seconds",
    "How long ago the oldest draft was made that nobody has finalized, by the deployment's clock; 0 where none waits.",
    () => {
      const now = deploymentNow();
      const { now: known } = catalog.state();
      const made = oldestDraft(archive.state(), (draft) => isDraftInShadow(draft, known)) ?? now;
      return Math.max(0, Math.floor((now - made) / MICROS_PER_SECOND));
    },
  );
  const taxDesk = createTaxDesk({
    known: () => catalog.state().now,
    outbound,
    secrets: config.taxSecrets,
    now: deploymentNow,
    wallMs: Date.now,
  });
  const asker = createTaxAsker({
    archive: () => archive.state(),
    desk: taxDesk,
    orders,
    now: deploymentNow,
  });
  const asking = createPulse();
  const till = createTill({
    known: () => catalog.state().now,
    secrets: config.stripeSecrets,
    url: config.stripeUrl,
    now: deploymentNow,
  });
  const collecting = createPulse();
  const collector = createStripeRunner({
    archive: () => archive.state(),
    till,
    orders,
    now: deploymentNow,
    wallNow,
    asked() {
      reached("stripe.asked");
      collecting.beat();
    },
    logger,
  });
  const desk = {
    archive: () => archive.state(),
    access,
    passing,
    orders,
    catalog: connectCatalogDesk(config.catalogUrls),
    isInShadow: (draft: InvoiceDrafted) => isDraftInShadow(draft, catalog.state().now),
    billed,
    auditor: createAuditor({ log: lookout, columns }),
    known: () => catalog.state().now,
    taxes: taxDesk,
    now: deploymentNow,
  };
  addBillingRoutes(server, desk);
  addTypedInvoiceRoutes(server, desk);
  addDisputeRoutes(server, desk);
  addKnownAtRoute(server, desk);
  const whose = (tenant: string, customer: string) =>
    customerOf(catalog.state().now, tenant, customer);
  addUpcomingRoute(server, { ...desk, customerOf: whose });
  addAllLifeRoutes(server, {
    ...desk,
    customerOf: whose,
    transactionsOf: (invoice) => transactionsOf(lookout, invoice),
    books: createBookKeeper(lookout),
    surveys: createJournalSurveys(lookout),
    pages,
  });
  addStripeRoutes(server, { ...desk, till, runner: collector, logger, wallMs: Date.now });
  addWebhookRoutes(server, {
    ...desk,
    catalog: () => catalog.state().now,
    webhooks: () => webhooks,
    orders: webhookOrders,
    secrets,
    invoices: async function* () {
      for await (const { value, offset } of readAll(lookout, topics.invoices, 0))
        yield { offset, fact: decode(value) as InvoicesFact };
    },
    wallNow,
  });
  addMarketRoute(server, desk);
  addReplayRoute(server, desk);
  addReplayMovedRoutes(server, desk);
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
  const webhookWorker = {
    name: "webhooks",
    async turn() {
      const outcome = await courier.turn();
      // Looking in vain is a sign of life: what waits has a time of its own.
      posting.beat();
      return outcome;
    },
    pulse: posting,
  };
  const taxWorker = {
    name: "taxes",
    async turn() {
      const outcome = await asker.turn();
      if (outcome === "idle") await pause(idleMs, stopping);
      asking.beat();
      return outcome;
    },
    pulse: asking,
  };
  const stripeWorker = {
    name: "stripe",
    async turn() {
      const outcome = await collector.turn();
      if (outcome === "idle") await pause(idleMs, stopping);
      collecting.beat();
      return outcome;
    },
    pulse: collecting,
  };
  await Promise.race([
    lease.lost,
    runWorkers([watched, webhookWorker, taxWorker, stripeWorker], stopping),
    catalog.done,
    archive.done,
  ]);
});
