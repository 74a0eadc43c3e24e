import { authenticate } from "@tallybook/catalog";
import { connectColumns } from "@tallybook/columns";
import { beating, connectLog, follow, reopening, seekLease } from "@tallybook/log";
import {
  addHealthRoutes,
  becomeActive,
  createAccess,
  createFailpoints,
  createHttpServer,
  createMetrics,
  createPulse,
  listen,
  readSigningKey,
  refuseUnlessActive,
  run,
  runWorkers,
  withSigns,
} from "@tallybook/service";
import { topics } from "@tallybook/wire";

import { readConfig } from "./config.ts";
import { evolveJournalIndex } from "./journal.ts";
import { raterLag } from "./lag.ts";
import { openRater } from "./rater.ts";
import { addJournalRoutes } from "./routes.ts";
import { followSources } from "./sources.ts";
import { createStanding } from "./standing.ts";

const oneEach = [topics.catalog, topics.cuts, topics.journal, topics.invoices].map((topic) => ({
  topic,
  partitions: 1,
}));
await run("rater", async (scope) => {
  const { open, stopping, logger } = scope;
  const config = readConfig(process.env);
  const reached = createFailpoints(config.failpoint);
  const { privateKey: signingKey } = readSigningKey(config.signingKeyFile);
  const log = open(
    await connectLog({ ...config.kafka, clientId: "tallybook-rater", reached }),
    (it) => it.close(),
  );
  const columns = open(connectColumns(config.columns), (it) => it.close());
  await log.prepareTopics(oneEach);
  const { lease, checks } = await becomeActive(scope, {
    host: config.host,
    port: config.port,
    log,
    made: topics.catalog,
    seek: (onDoubt) =>
      seekLease("rater", {
        ...config.kafka,
        ...config.instance,
        clientId: "tallybook-rater",
        onDoubt,
      }),
  });
  const sources = await followSources(log);
  for (const follower of Object.values(sources)) open(follower, (it) => it.close());
  const { cuts, catalog, invoices } = sources;
  const journal = open(
    await follow({ log, topic: topics.journal, initial: [], evolve: evolveJournalIndex }),
    (it) => it.close(),
  );

  const metrics = createMetrics();
  const standing = createStanding({ logger, metrics });
  // A connection of its own: what has gone silent cannot tell that it has.
  const lookout = open(await connectLog({ ...config.kafka, clientId: "tallybook-lookout" }), (it) =>
    it.close(),
  );
  const pulse = createPulse();
  const worker = open(
    reopening({
      open: () =>
        openRater({
          log: beating(log, pulse.beat),
          cuts,
          catalog,
          invoices,
          columns: withSigns(columns, pulse),
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
  refuseUnlessActive(server, lease);
  const access = createAccess((sha256Hex) =>
    authenticate(catalog.state().now, sha256Hex, Date.now() * 1_000),
  );
  addJournalRoutes(server, { log, index: () => journal.state(), access });
  addHealthRoutes(server, {
    checks: {
      ...checks,
      clickhouse: async () => columns.prepare().then(() => null),
      columns: async () => standing.unproven(),
      spools: async () => standing.spoolNotice(),
      history: async () => standing.historyNotice(),
    },
    metrics,
  });
  server.get("/progress", () => standing.progress(cuts.state()));
  logger.info("ready", { url: await listen(server, { host: config.host, port: config.port }) });

  const watched = {
    name: "rater",
    turn: () => worker.turn(),
    pulse,
    lag: () => raterLag(lookout),
  };
  await Promise.race([
    lease.lost,
    runWorkers([watched], stopping),
    cuts.done,
    catalog.done,
    invoices.done,
    journal.done,
  ]);
});
