import type { LineGrounds } from "./line-grounds.ts";
import { noUsage } from "./line-usage.ts";
import type { Compared, ReplayedLine, Verdict } from "./replayed.ts";

/** The step of what is compared with ClickHouse alone: it is not on the road from the log to the bill. */
export const columnsStep = "ClickHouse";

/** The first difference on the road from the log to the bill, or else one of ClickHouse alone. */
export function verdictOf(compared: readonly Compared[]): Verdict {
  const differing = compared.filter(({ equal }) => !equal);
  const first = differing.find(({ step }) => step !== columnsStep) ?? differing[0];
  if (first === undefined) return { kind: "equal" };
  return { kind: first.step === columnsStep ? "columns_differ" : "different", first };
}

/** Which line it is, and what stands behind it. */
export function lineOf({
  line,
  billed: { description, dimensions },
  posted: { fact, offset },
}: LineGrounds): Pick<ReplayedLine, "line" | "description" | "dimensions" | "transaction"> {
  const { id, seq, transaction_kind: kind, evidence } = fact;
  const { backfills } = evidence;
  const transaction = { id, seq, kind, journal_offset: offset, backfills };
  return { line, description, dimensions, transaction };
}

/** The replay of a line that follows from no rating: it has no usage of its own. */
export function unratedLine(
  grounds: LineGrounds,
  told: Pick<ReplayedLine, "explanation" | "compared"> & Readonly<Record<"price" | "text", string>>,
): ReplayedLine {
  const { postings, evidence } = grounds.posted.fact;
  const { catalog_offset, plan, plan_version } = evidence;
  const { price, text, explanation, compared } = told;
  return {
    ...lineOf(grounds),
    catalog_offset,
    contract: null,
    meter: null,
    price: { plan, plan_version, price, text },
    explanation,
    events: noUsage.events,
    event_count: noUsage.event_count,
    events_digest: noUsage.events_digest,
    uncounted: noUsage.uncounted,
    uncounted_count: noUsage.uncounted_count,
    rollup: [],
    postings,
    compared,
    verdict: verdictOf(compared),
  };
}
