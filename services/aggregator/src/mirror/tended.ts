import type { Columns } from "@tallybook/columns";
import { beating, isBehind, pause, reopening } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import { createPulse, Hung, withSigns } from "@tallybook/service";
import type { Logger, Metrics, Worker } from "@tallybook/service";

import { openMirror } from "./mirror.ts";
import type { MirrorWorker, MirrorWorkerOptions } from "./mirror.ts";
import { usageFirst } from "./precedence.ts";
import type { PrecedenceOptions } from "./precedence.ts";

export interface TendedMirrorOptions {
  /** Connections of its own: who inserts usage waits for none of its answers. */
  readonly log: Log;
  readonly columns: Pick<Columns, "mirror">;
  /** Asked by the watchdog. */
  readonly lookout: Log;
  readonly owned: readonly number[];
  readonly generation: number;
  readonly cutsWaiting: PrecedenceOptions["cutsWaiting"];
  readonly restore: MirrorWorkerOptions["restore"];
  readonly reached: MirrorWorkerOptions["reached"];
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly stopping: AbortSignal;
}

/** Between looks at whether cuts still wait. */
const lookMs = 200;

/** The mirror as a worker that nothing ends: what fails is told and tried anew, and usage is taken in meanwhile. */
export function tendMirror(options: TendedMirrorOptions): Worker & { close(): Promise<void> } {
  const { log, columns, lookout, logger, metrics, stopping } = options;
  const pulse = createPulse();
  const isUsageFirst = usageFirst({
    cutsWaiting: options.cutsWaiting,
    now: () => performance.now(),
  });
  let opened: MirrorWorker | undefined;
  const mended = metrics.counter(
    "aggregator_mirror_mended_total",
    "Stretches of mirrored topics that differed from the log in ClickHouse, and were made again, by topic.",
  );
  const worker = reopening({
    stopping,
    isPassing: (error) => !(error instanceof Hung),
    onUnavailable: (error) => logger.warn("the mirror for analysts begins anew", { error }),
    async open() {
      opened = await openMirror({
        ...options,
        log: beating(log, pulse.beat),
        mirror: withSigns(columns.mirror, pulse),
        told(what, { topic, partition, from, to }) {
          const where = { topic, partition, from, to };
          if (what === "in vain")
            logger.error(
              "rows for analysts differ from the log, and making them again does not help",
              where,
            );
          else {
            mended.add(1, { topic });
            logger.error("rows for analysts differ from the log: they are made again", where);
          }
        },
        namesFailed: (error) =>
          logger.warn(
            "analysts find no new names: ClickHouse cannot make or read their dictionaries",
            {
              error,
            },
          ),
      });
      return opened;
    },
  });
  return {
    name: "mirror",
    pulse,
    async lag() {
      for (const source of opened?.sources ?? []) {
        const { topic, partition } = source;
        if (await isBehind(lookout, topic, partition, source.position())) return true;
      }
      return opened === undefined;
    },
    async turn() {
      if (!isUsageFirst()) return worker.turn();
      await pause(lookMs, stopping);
      return "waiting";
    },
    close: () => worker.close(),
  };
}
