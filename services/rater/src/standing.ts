import { waitingCutsMax } from "@tallybook/journal";
import type { HeadSigned, Parked } from "@tallybook/journal";
import type { Logger, Metrics, Notice } from "@tallybook/service";
import type { Cuts } from "@tallybook/usage";

import type { AtStake } from "./rater.ts";

/** How far the rater is and what keeps it: for readiness, metrics, `/progress` and the log. */
export interface Standing {
  raise(differences: readonly string[]): void;
  waiting(at: AtStake): void;
  passed(head: HeadSigned | null, parked: readonly Parked[]): void;
  /** Why it cannot rate now; null when it can. */
  unproven(): string | null;
  /** Which periods wait for a cut at which all spools are empty; null when none does. */
  spoolNotice(): Notice | null;
  /** Which periods wait for a cut at which the history of a meter is filled; null when none does. */
  historyNotice(): Notice | null;
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
  let head: HeadSigned | null = null;
  let atStake: AtStake = { cut: -1, waiting: 0, rated: 0, filling: 0 };
  metrics.observed("rater_step", "The last step with a head.", () => head?.step ?? -1);
  metrics.observed("rater_cut", "The last cut that the journal has passed.", () => head?.cut ?? -1);
  metrics.observed(
    "rater_transactions",
    "Transactions in the journal.",
    () => (head?.seq ?? -1) + 1,
  );
  metrics.observed(
    "rater_unproven",
    "1 while ClickHouse does not hold what the log holds, and nothing is rated.",
    () => (differences.length > 0 ? 1 : 0),
  );
  metrics.observed(
    "rater_waiting_periods",
    "Periods that are due and wait for a cut at which the spool of every ingest is empty.",
    () => atStake.waiting,
  );
  metrics.observed(
    "rater_filling_periods",
    "Periods that are due and wait for the history of a meter to be filled.",
    () => atStake.filling,
  );
  const rushedTotal = metrics.counter(
    "rater_rushed_periods_total",
    "Periods that were rated although a spool was not known to be empty, after they had waited.",
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
    waiting(found) {
      // A step that could not be proven is computed again.
      const isNews = found.cut !== atStake.cut;
      atStake = found;
      const { cut, waiting, rated, filling } = found;
      if (!isNews) return;
      if (filling > 0)
        logger.info("periods are due and wait: the history of a meter is being filled", {
          cut,
          periods: filling,
        });
      if (waiting > 0)
        logger.warn("periods are due and wait: a spool was not known to be empty at this cut", {
          cut,
          periods: waiting,
        });
      if (rated === 0) return;
      rushedTotal.add(rated);
      logger.error(
        "periods are rated although a spool may still hold usage: they have waited long enough",
        { cut, periods: rated, cuts: waitingCutsMax },
      );
    },
    passed(now, parked) {
      head = now;
      if (parked.length === 0) return;
      parkedTotal.add(parked.length);
      for (const charge of parked)
        logger.error("a charge is parked: it cannot be rated", { ...charge });
    },
    unproven: () =>
      differences.length === 0 ? null : `not rating: ${differences.slice(0, shownMax).join("; ")}`,
    spoolNotice: () =>
      atStake.waiting === 0
        ? null
        : {
            notice: `${atStake.waiting} periods wait for a cut at which the spool of every ingest is empty`,
          },
    historyNotice: () =>
      atStake.filling === 0
        ? null
        : { notice: `${atStake.filling} periods wait for the history of a meter to be filled` },
    progress({ closed }) {
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
