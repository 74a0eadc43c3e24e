import { beating, connectLog, follow, isBehind, reopening } from "@tallybook/log";
import {
  addHealthRoutes,
  createFailpoints,
  createHttpServer,
  createMetrics,
  createPulse,
  listen,
  partitionsOf,
  run,
  runWorkers,
} from "@tallybook/service";
import { readPublicKey } from "@tallybook/usage";
import type { DeploymentMade } from "@tallybook/usage";
import { topics, topicSpecs } from "@tallybook/wire";

import { readConfig } from "./config.ts";
import { openDeduper } from "./dedupe.ts";
import type { Deduper } from "./dedupe.ts";
import { openIdentities } from "./identities.ts";
import { followSettings, settingsBelow } from "./settings.ts";
import type { Say } from "./snapshots.ts";

await run("deduper", async ({ open, stopping, logger }) => {
  const config = readConfig(process.env);
  const reached = createFailpoints(config.failpoint);
  const { partitions, transactions } = config;
  const owned = partitionsOf(config.instance, partitions);
  const log = open(
    await connectLog({ ...config.kafka, clientId: "tallybook-deduper", reached }),
    (it) => it.close(),
  );
  await log.prepareTopics(topicSpecs(partitions));
  const metrics = createMetrics();
  const health = open(createHttpServer({ logger, bodyBytesMax: 1_024 }), (it) => it.close());
  const settings = open(await followSettings(log), (it) => it.close());
  const deployment = open(
    await follow<KnownOfCuts>({
      log,
      topic: topics.cuts,
      initial: { made: undefined, closed: 0 },
      evolve(known, fact) {
        if (fact.kind === "DeploymentMade") return { ...known, made: known.made ?? fact };
        return fact.kind === "CutClosed" ? { ...known, closed: fact.cut + 1 } : known;
      },
    }),
    (it) => it.close(),
  );

  const working = new Set<number>();
  addHealthRoutes(health, {
    metrics,
    checks: {
      kafka: async () =>
        (await log.endOffset(topics.cuts, 0)) > 0 ? null : "the deployment is not made yet",
      partitions: async () =>
        working.size === owned.length ? null : `${working.size} of ${owned.length} taken over`,
    },
  });
  health.get("/progress", () => ({ partitions: working.size }));
  logger.info("listening", { url: await listen(health, { host: config.host, port: config.port }) });
  await deployment.until(({ made }) => made !== undefined, stopping);
  const made = deployment.state().made as DeploymentMade;
  const publicKey = readPublicKey(made.public_key);
  const deploymentId = `${Buffer.from(made.public_key).toString("hex")}:${made.made_at}`;

  const decided = metrics.counter("deduper_batches_total", "Batches decided and committed.");
  // A connection of its own: what has gone silent cannot tell that it has.
  const lookout = open(await connectLog({ ...config.kafka, clientId: "tallybook-lookout" }), (it) =>
    it.close(),
  );
  const workerOf = async (partition: number) => {
    const pulse = createPulse();
    let latest: Deduper | undefined;
    const end = await log.endOffset(topics.usageRaw, partition);
    const say: Say = (what, fields) => logger.info(what, { partition, ...fields });
    const { store, atCut } = open(
      await openIdentities({ ...config, partition, deployment: deploymentId, end, say }),
      (it) => it.close(),
    );
    const grounds = {
      partition,
      partitions,
      publicKey,
      settingsAt: (offset: number) => settingsBelow(settings, offset),
    };
    const deduper = open(
      reopening({
        stopping,
        onUnavailable(error) {
          working.delete(partition);
          logger.warn("waiting for Kafka", { partition, error });
        },
        async open() {
          latest = await openDeduper({
            log: beating(log, pulse.beat),
            store,
            grounds,
            reached,
            transactions,
            atCut,
            now: () => performance.now(),
            cutsClosed: () => deployment.state().closed,
          });
          logger.info("partition taken over", { partition, decided: latest.committed() });
          return latest;
        },
      }),
      (it) => it.close(),
    );
    return {
      name: `deduper of partition ${partition}`,
      async turn() {
        const outcome = await deduper.turn();
        if (outcome !== "waiting") working.add(partition);
        if (outcome === "worked") decided.add();
        return outcome;
      },
      pulse,
      lag: () => isBehind(lookout, topics.usageRaw, partition, (latest?.committed() ?? -1) + 1),
    };
  };
  const workers = await Promise.all(owned.map(workerOf));
  await Promise.race([runWorkers(workers, stopping), settings.done, deployment.done]);
});

/** What the deduper needs of `cuts`. */
interface KnownOfCuts {
  readonly made: DeploymentMade | undefined;
  /** How many cuts are closed. */
  readonly closed: number;
}
