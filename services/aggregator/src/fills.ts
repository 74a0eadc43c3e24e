import type { Logger, Metrics, Notice } from "@tallybook/service";
import { fillName } from "@tallybook/usage";

import type { FillsTold } from "./filler.ts";
import type { FillOrder } from "./meters.ts";

/** What people are told about meters whose history is being filled. */
export interface FillsView extends Pick<FillsTold, "filling" | "filled"> {
  /** Beside readiness: how far it is; null when nothing is filled. */
  notice(): Notice | null;
}

interface Progress {
  readonly order: FillOrder;
  readonly partition: number;
  readonly cut: number;
}

/** Milliseconds between two lines of the log about one partition. */
const saidMsMin = 10_000;
const shownMax = 5;

export function createFills({
  logger,
  metrics,
  now = () => performance.now(),
}: {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly now?: () => number;
}): FillsView {
  const underWay = new Map<string, Progress & { readonly saidAt: number }>();
  metrics.observed(
    "aggregator_filling",
    "Partitions in which the history of a meter is being filled.",
    () => underWay.size,
  );
  return {
    filling(order, partition, cut) {
      const name = nameOf(order, partition);
      const before = underWay.get(name);
      const isToSay = before === undefined || now() - before.saidAt >= saidMsMin;
      const saidAt = isToSay ? now() : before.saidAt;
      underWay.set(name, { order, partition, cut, saidAt });
      if (isToSay) logger.info("filling the history of a meter", fieldsOf(order, partition, cut));
    },
    filled(order, partition) {
      underWay.delete(nameOf(order, partition));
      const { last_cut } = order;
      logger.info(
        "the history of a meter is filled in this partition",
        fieldsOf(order, partition, last_cut),
      );
    },
    notice() {
      const all = [...underWay.values()];
      if (all.length === 0) return null;
      const shown = all.slice(0, shownMax).map(({ order: { meter, last_cut }, partition, cut }) => {
        return `meter ${meter.meter} of tenant ${meter.tenant}, partition ${partition}: at cut ${cut} of ${last_cut}`;
      });
      return { notice: `the history of meters is being filled: ${shown.join("; ")}` };
    },
  };
}

function nameOf({ meter }: FillOrder, partition: number): string {
  return `${partition}/${fillName(meter)}`;
}

function fieldsOf(
  { meter: { tenant, meter }, last_cut }: FillOrder,
  partition: number,
  cut: number,
) {
  return { tenant, meter, partition, cut, last_cut };
}
