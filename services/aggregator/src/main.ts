import { ColumnsUnavailable, connectColumns, migrate } from "@tallybook/columns";
import { beating, connectLog, follow, followCuts, isBehind, reopening } from "@tallybook/log";
import {
  addHealthRoutes,
  createFailpoints,
  createHttpServer,
  createMetrics,
  createPulse,
  listen,
  partitionsOf,
  readSigningKey,
  run,
  runWorkers,
  withSigns,
} from "@tallybook/service";
import type { Cuts } from "@tallybook/usage";
import { topics, topicSpecs } from "@tallybook/wire";

import { openCloser } from "./closer.ts";
import { readConfig } from "./config.ts";
import { createFills } from "./fills.ts";
import { closerLag } from "./lag.ts";
import { tendMirror } from "./mirror/tended.ts";
import { emptyView, evolveView, fillOrders, meterOf, metersBelow, requestedAt } from "./meters.ts";
import { createRepairs } from "./repairs.ts";
import { openSink } from "./sink.ts";
import type { Sink } from "./sink.ts";
import { createSpools } from "./spools.ts";
import { openUsage } from "./usage/open-usage.ts";
import { addUsageRoutes } from "./usage/routes.ts";

const generation = 1;

await run("aggregator", async ({ open, stopping, logger }) => {
  const config = readConfig(process.env);
  const reached = createFailpoints(config.failpoint);
  const { partitions } = config;
  const owned = partitionsOf(config.instance, partitions);
  const { privateKey, publicKey } = readSigningKey(config.signingKeyFile);
  const log = open(
    await connectLog({ ...config.kafka, clientId: "tallybook-aggregator", reached }),
    (it) => it.close(),
  );
  await log.prepareTopics(topicSpecs(partitions));
  const cuts = open(await followCuts(log), (it) => it.close());
  const catalog = open(
    await follow({ log, topic: topics.catalog, initial: emptyView, evolve: evolveView }),
    (it) => it.close(),
  );
  const columns = open(connectColumns({ ...config.columns, reached }), (it) => it.close());

  const latest = new Map<number, Sink>();
  const positions = () =>
    Object.fromEntries(latest.entries().map(([partition, sink]) => [partition, sink.through()]));

  const metrics = createMetrics();
  const repairs = createRepairs({ logger, metrics });
  const fills = createFills({ logger, metrics });
  const server = open(createHttpServer({ logger, bodyBytesMax: 1_024 }), (it) => it.close());
  addHealthRoutes(server, {
    metrics,
    checks: {
      kafka: async () =>
        (await log.endOffset(topics.cuts, 0)) > 0 ? null : "the deployment is not made yet",
      clickhouse: async () => columns.prepare().then(() => null),
      parts: async () => repairs.different(),
      fills: async () => fills.notice(),
    },
  });
  server.get("/progress", () => {
    const closed = cuts.state().closed.at(-1);
    return {
      cut: closed?.cut ?? -1,
      catalog_offset: closed?.catalog_offset ?? 0,
      positions: positions(),
    };
  });
  const usage = await openUsage({ open, stopping }, { ...config, positions, cuts, metrics });
  addUsageRoutes(server, usage);
  metrics.observed(
    "aggregator_cut_closed",
    "Number of the last closed cut.",
    () => cuts.state().closed.length - 1,
  );
  logger.info("listening", { url: await listen(server, { host: config.host, port: config.port }) });

  const isPassing = (error: unknown) => error instanceof ColumnsUnavailable;
  const onUnavailable = (error: Error) => logger.warn("waiting for Kafka or ClickHouse", { error });
  async function committedCuts(): Promise<Cuts> {
    const end = await log.endOffset(topics.cuts, 0);
    await cuts.until((_, offset) => offset >= end, stopping);
    return cuts.state();
  }
  const isFirst = owned.includes(0);
  // At every opening, since somebody may have dropped a table: that is how its sinks came to be opened again.
  const restore = together(async () => {
    // Two that migrate at once would trip over each other: the rest waits until the first has.
    if (isFirst) await migrate(config.columns, "usage");
    await columns.prepare();
  });
  // Whoever bills does not wait for what is made for analysts.
  const restoreMirror = async () => {
    await restore();
    if (isFirst) await migrate(config.columns, "analysts");
  };
  // A connection of its own: what has gone silent cannot tell that it has.
  const lookout = open(await connectLog({ ...config.kafka, clientId: "tallybook-lookout" }), (it) =>
    it.close(),
  );
  const now = () => Date.now() * 1_000;
  const closerPulse = createPulse();
  const closer = reopening({
    stopping,
    onUnavailable,
    open: () =>
      openCloser({
        log: beating(log, closerPulse.beat),
        cuts,
        catalog,
        partitions,
        spools: createSpools(config.ingestUrls),
        privateKey,
        publicKey,
        now,
        reached,
        stopping,
      }),
  });
  const sinks = owned.map((partition) => {
    const pulse = createPulse();
    const worker = reopening({
      stopping,
      isPassing,
      onUnavailable,
      async open() {
        // Only the sinks wait for ClickHouse: cuts are opened and placed without it.
        const restoring = withSigns({ restore }, pulse);
        await restoring.restore();
        const sink = await openSink({
          log: beating(log, pulse.beat),
          columns: withSigns(columns, pulse),
          partition,
          partitions,
          generation,
          cuts: committedCuts,
          metersBelow: (offset, filled) => metersBelow(catalog, offset, filled, stopping),
          meterOf: (fill) => meterOf(catalog, fill, stopping),
          requestedAt: (fill) => requestedAt(catalog, fill, stopping),
          fills: ({ opened }) => fillOrders(catalog.state(), opened),
          reached,
          raise: (differences) => repairs.raise(partition, differences),
          told: { ...repairs, ...fills },
          restore: () => restoring.restore(),
        });
        latest.set(partition, sink);
        logger.info("partition taken over", { partition });
        return sink;
      },
    });
    return {
      name: `sink of partition ${partition}`,
      worker,
      pulse,
      lag: () =>
        isBehind(lookout, topics.usageAccepted, partition, latest.get(partition)?.position() ?? 0),
    };
  });
  // The closer goes with partition 0.
  const closers = [
    {
      name: "closer",
      worker: closer,
      pulse: closerPulse,
      lag: () => closerLag(lookout, catalog.state().settings, now()),
    },
  ].filter(() => isFirst);
  const mirror = tendMirror({
    log: open(await connectLog({ ...config.kafka, clientId: "tallybook-mirror" }), (it) =>
      it.close(),
    ),
    columns: open(connectColumns(config.columns), (it) => it.close()),
    lookout,
    owned,
    generation,
    cutsWaiting: () => cuts.state().opened.length - cuts.state().closed.length,
    restore: restoreMirror,
    reached,
    logger,
    metrics,
    stopping,
  });
  const tended = [...closers, ...sinks].map(({ worker, ...watched }) => {
    open(worker, (it) => it.close());
    return { ...watched, turn: () => worker.turn() };
  });
  open(mirror, (it) => it.close());
  const workers = owned.length === 0 ? tended : [...tended, mirror];
  await Promise.race([runWorkers(workers, stopping), cuts.done, catalog.done]);
});

/** Whoever asks while it is being done waits for that. */
function together(doing: () => Promise<void>): () => Promise<void> {
  let under: Promise<void> | undefined;
  return () => {
    under ??= doing().finally(() => {
      under = undefined;
    });
    return under;
  };
}
