import type { Ledger, Parked } from "@tallybook/journal";
import type { Logger, Metrics } from "@tallybook/service";
import type { Cuts } from "@tallybook/usage";

/** How far the rater is and what keeps it: for readiness, metrics, `/progress` and the log. */
export interface Standing {
  raise(differences: readonly string[]): void;
  passed(ledger: Ledger, parked: readonly Parked[]): void;
  /** Why it cannot rate now; null when it can. */
  unproven(): string | null;
  progress(cuts: Cuts): object;
}

const shownMax = 5;

export function createStanding({
  logger,
  metrics,
}: {
  readonly logger: Logger;
  readonly metrics: Metrics;
}): Standing {
  let differences: readonly string[] = [];
  let said = "";
  let at: Ledger | undefined;
  metrics.observed("rater_step", "The last step with a head.", () => at?.head?.step ?? -1);
  metrics.observed(
    "rater_cut",
    "The last cut that the journal has passed.",
    () => at?.head?.cut ?? -1,
  );
  metrics.observed(
    "rater_transactions",
    "Transactions in the journal.",
    () => (at?.head?.seq ?? -1) + 1,
  );
  metrics.observed(
    "rater_unproven",
    "1 while ClickHouse does not hold what the log holds, and nothing is rated.",
    () => (differences.length > 0 ? 1 : 0),
  );
  const parkedTotal = metrics.counter(
    "rater_parked_total",
    "Charges that could not be rated and are not billed.",
  );
  return {
    raise(found) {
      differences = found;
      const text = found.join("\n");
      if (text === said) return;
      said = text;
      if (found.length > 0)
        logger.error("not rating: ClickHouse does not hold what the log holds", {
          differences: found.slice(0, shownMax),
        });
      else logger.info("ClickHouse holds what the log holds: rating goes on");
    },
    passed(ledger, parked) {
      at = ledger;
      if (parked.length === 0) return;
      parkedTotal.add(parked.length);
      for (const charge of parked)
        logger.error("a charge is parked: it cannot be rated", { ...charge });
    },
    unproven: () =>
      differences.length === 0 ? null : `not rating: ${differences.slice(0, shownMax).join("; ")}`,
    progress({ closed }) {
      const head = at?.head ?? null;
      return {
        // Of the last cut that is wholly in the journal.
        catalog_offset: head === null ? 0 : (closed[head.cut]?.catalog_offset ?? 0),
        invoices_offset: head?.invoices_offset ?? 0,
        cut: head?.cut ?? -1,
        step: head?.step ?? -1,
        seq: head?.seq ?? -1,
      };
    },
  };
}
