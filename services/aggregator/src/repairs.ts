import type { Logger, Metrics } from "@tallybook/service";
import { partName } from "@tallybook/usage";
import type { PartCompared, PartRepairBegun } from "@tallybook/usage";

export type SpanPart = Pick<PartCompared, "cut" | "partition">;

/** What people are told of repairs: in the log, by readiness and metrics. */
export interface RepairsTold {
  readonly begun: (facts: readonly PartRepairBegun[]) => void;
  /** Also where nothing was told to have begun: a predecessor may have. */
  readonly ended: (parts: readonly SpanPart[]) => void;
  /** A part that repairs do not help: it is left alone for a while, or for good. */
  readonly givenUp: (differences: readonly string[]) => void;
}

/** What people are told about parts that differ from the log, and what is done about it. */
export interface Repairs extends RepairsTold {
  /** Told what differs in the open part of a partition, and with nothing when nothing does. */
  raise(partition: number, differences: readonly string[]): void;
  /** Against readiness: what differs now; null when nothing is known to. */
  different(): string | null;
}

/** Differences in a line of the log, and in the answer of `/readyz`. */
const shownMax = 5;
/** Differences that the record of a repair names. */
const recordedMax = 20;

/** The record of a repair that begins. */
export function repairBegun(
  { cut, partition }: SpanPart,
  repair: number,
  differences: readonly string[],
): PartRepairBegun {
  return {
    kind: "PartRepairBegun",
    cut,
    partition,
    repair,
    differences: differences.slice(0, recordedMax),
  };
}

export function createRepairs({
  logger,
  metrics,
}: {
  readonly logger: Logger;
  readonly metrics: Metrics;
}): Repairs {
  const openByPartition = new Map<number, readonly string[]>();
  /** Parts under repair: a difference of each. */
  const mending = new Map<string, string>();
  const begunTotal = metrics.counter(
    "aggregator_repairs_total",
    "Repairs of parts that differed from the log, by partition.",
  );
  metrics.observed(
    "aggregator_parts_different",
    "Partitions whose open part differs from the log.",
    () => openByPartition.size,
  );
  metrics.observed(
    "aggregator_parts_mending",
    "Parts whose repair has begun and not ended.",
    () => mending.size,
  );
  return {
    raise(partition, differences) {
      if (differences.length > 0) openByPartition.set(partition, differences);
      else openByPartition.delete(partition);
    },
    begun(facts) {
      const [first] = facts;
      if (first === undefined) return;
      begunTotal.add(facts.length, { partition: String(first.partition) });
      for (const fact of facts) mending.set(partName(fact), fact.differences[0] ?? "");
      logger.error("ClickHouse differs from the log: its rows are made again from the log", {
        partition: first.partition,
        cuts: cutsText(facts),
        repair: Math.max(...facts.map(({ repair }) => repair)),
        differences: facts.flatMap(({ differences }) => differences).slice(0, shownMax),
      });
    },
    ended(parts) {
      const [first] = parts;
      if (first === undefined) return;
      for (const part of parts) mending.delete(partName(part));
      logger.info("repaired: ClickHouse holds again what the log holds", {
        partition: first.partition,
        cuts: cutsText(parts),
        left: mending.size,
      });
    },
    givenUp(differences) {
      logger.error(
        "repairs do not help, and nothing is rated from it: does something else write to these tables?",
        { differences: differences.slice(0, shownMax) },
      );
    },
    different() {
      const found = [...[...openByPartition.values()].flat(), ...mending.values()];
      if (found.length === 0) return null;
      return `${found.slice(0, shownMax).join("; ")} (${mending.size} parts are being repaired)`;
    },
  };
}

function cutsText(facts: readonly { readonly cut: number }[]): string {
  const cuts = facts.map(({ cut }) => cut);
  const [first, last] = [Math.min(...cuts), Math.max(...cuts)];
  return first === last ? String(first) : `${first} to ${last} (${cuts.length})`;
}
