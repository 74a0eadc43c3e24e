import { setTimeout as sleep } from "node:timers/promises";
import type { Logger, Metrics, Notice } from "@tallybook/service";
import type { Gatherer } from "./gather.ts";
import type { SpoolDamage } from "./spool/inspect.ts";
import type { Spool } from "./spool/spool.ts";

/** What a person is told of the spool: in the log, in metrics and at `/readyz`. */
export interface Keeping {
  onAway(): void;
  onDrained(records: number, ms: number): void;
  onDamage(damage: SpoolDamage): void;
  onTorn(torn: SpoolDamage): void;
  onFailure(error: unknown): void;
}

/** Says what happens to the spool of a folder. A disk that fails is said once, until it takes something again. */
export function createKeeping(logger: Logger, folder: string): Keeping {
  let said = "";
  return {
    onAway() {
      logger.warn("Kafka does not answer: events are kept in the spool", { folder });
    },
    onDrained(records, ms) {
      said = "";
      if (records > 0)
        logger.info("the spool is empty again: Kafka has what was in it", {
          records,
          seconds: ms / 1_000,
        });
    },
    onDamage: (damage) =>
      logger.error("acknowledged events in the spool cannot be read: the file is set aside", {
        folder,
        ...damage,
      }),
    onTorn: (torn) =>
      logger.warn("the half-written end of a spool file, never acknowledged, was cut off", {
        folder,
        ...torn,
      }),
    onFailure(error) {
      const text = error instanceof Error ? error.message : String(error);
      if (text === said) return;
      said = text;
      logger.error("the disk of the spool failed", { folder, error });
    },
  };
}

const askMsMax = 1_000;

/**
 * Whether events can be taken: by Kafka, whose catalog then has an end above 0, or else by the spool, which is a notice.
 * `bytesMax` is of all that the spool takes on the disk.
 */
export async function kafkaOrSpool(
  spool: Spool,
  bytesMax: number,
  askEnd: () => Promise<number>,
): Promise<string | Notice | null> {
  const late = sleep(askMsMax, undefined, { ref: false }).then(() => {
    throw new Error("Kafka does not answer");
  });
  try {
    return (await Promise.race([askEnd(), late])) > 0 ? null : "the catalog is empty";
  } catch (error) {
    const { failing, bytes } = spool.state();
    const why = error instanceof Error ? error.message : String(error);
    if (failing !== null) return `${why}, and the disk of the spool fails: ${failing}`;
    if (bytes >= bytesMax) return `${why}, and the spool is full`;
    return { notice: `${why}: events are kept in the spool` };
  }
}

/** What a person has to look at in these spools, although events are taken; null when there is nothing. */
export function spoolNotice(
  spools: readonly (Pick<Spool, "state"> & { readonly folder: string })[],
): Notice | null {
  const notices = spools.flatMap((spool) => noticeOf(spool, spool.folder) ?? []);
  return notices.length === 0 ? null : { notice: notices.join(" ") };
}

function noticeOf(spool: Pick<Spool, "state">, folder: string): string | null {
  const { damages, records, bytes, since } = spool.state();
  if (damages.length > 0) {
    const places = damages.map(placeOf).slice(0, 5).join("; ");
    return `acknowledged events in ${folder} cannot be read: ${places}. What was readable was delivered. Move the file away and start ingest anew when you have seen to it.`;
  }
  if (records === 0 || since === null) return null;
  return `${records} events in ${bytes} bytes wait in the spool since ${new Date(since).toISOString()}`;
}

function placeOf({ file, bytes, records }: SpoolDamage): string {
  const where = bytes.to === 0 ? "all of it" : `bytes ${bytes.from} to ${bytes.to}`;
  return `${file}, ${where}, ${records} events or more`;
}

/** Gauges of the spool, asked when somebody reads them. */
export function addSpoolMetrics(
  metrics: Metrics,
  spool: Pick<Spool, "state">,
  gatherer: Pick<Gatherer, "isAway">,
  now: () => number,
): void {
  metrics.observed(
    "ingest_spool_records",
    "Records in the spool that Kafka does not have yet.",
    () => spool.state().records,
  );
  metrics.observed(
    "ingest_spool_bytes",
    "What the spool takes on the disk, damaged files too.",
    () => spool.state().bytes,
  );
  metrics.observed("ingest_spool_age_seconds", "Age of the oldest record in the spool.", () => {
    const { since } = spool.state();
    return since === null ? 0 : Math.max(0, (now() - since) / 1_000);
  });
  metrics.observed(
    "ingest_spool_damaged_records",
    "Acknowledged records in the spool that cannot be read.",
    () => lostRecords(spool),
  );
  metrics.observed("ingest_kafka_away", "1 while events go into the spool.", () =>
    gatherer.isAway() ? 1 : 0,
  );
}

/** What the closer is told: `pending` is 0 when all that was acknowledged is in Kafka; `damaged` of it never will be. */
export function pendingOf(spool: Pick<Spool, "state">): {
  readonly pending: number;
  readonly damaged: number;
} {
  const damaged = lostRecords(spool);
  return { pending: spool.state().records + damaged, damaged };
}

function lostRecords(spool: Pick<Spool, "state">): number {
  return spool.state().damages.reduce((sum, { records }) => sum + records, 0);
}
