import { formatTime } from "@tallybook/periods";

import type { Reconciliation } from "./identity.ts";
import type { Replay } from "./replayed.ts";

type Cell = string | number;

/** The identity as a table for a terminal, and what nobody bills below it. */
export function identityText({ cut, time, rows, lists }: Reconciliation): string {
  if (time === null) return "Nothing to reconcile: the journal has no head yet.";
  const table = aligned(
    ["tenant", "identity", "left", "right", "residual"],
    rows.map(({ tenant, name, cut: only, left, right, residual }) => [
      tenant || "-",
      only === undefined ? name : `${name} (cut ${only})`,
      left,
      right,
      residual,
    ]),
    2,
  );
  const sections = [
    `The identity as of cut ${cut}, ${formatTime(time)}`,
    table,
    section("Unattributed", ["tenant", "meter", "customer", "subscription", "reason", "quantity"], lists.unattributed.map((it) => [it.tenant, it.meter, it.customer, it.subscription || "-", it.reason, it.quantity]), 5),
    section("Open: not rated yet", ["tenant", "meter", "subscription", "quantity"], lists.open.map((it) => [it.tenant, it.meter, it.subscription, it.quantity]), 3),
    section("Parked", ["tenant", "subscription", "period", "price", "quantity", "reason"], lists.parked.map((it) => [it.tenant, it.subscription, formatTime(it.period_from), it.price, it.quantity, it.reason]), 6),
    section("Refused", ["tenant", "reason", "count"], lists.refused.map((it) => [it.tenant, it.reason, it.count]), 2),
    section("Unmeasurable", ["tenant", "reason", "count"], lists.unmeasurable.map((it) => [it.tenant, it.reason, it.count]), 2),
    lists.differences.length === 0 ? "" : ["Differences", ...lists.differences.map((line) => `  ${line}`)].join("\n"),
  ];
  return sections.filter((text) => text !== "").join("\n\n");
}

const eventsShown = 20;

/** A line from its events to its cents: what was billed and what comes out again, side by side. */
export function replayText(replay: Replay): string {
  const { events, rollup, postings, compared, verdict, transaction, meter, price } = replay;
  const quantities = events.slice(0, eventsShown).map((it) => [it.partition, it.offset, it.id, it.time, it.cut, it.quantity]);
  const more = events.length > eventsShown ? `  and ${events.length - eventsShown} more` : "";
  const sections = [
    [
      `${replay.number}, line ${replay.line}: ${replay.description}`,
      `  transaction ${transaction.kind} ${transaction.seq} (${transaction.id}), at offset ${transaction.journal_offset} of journal`,
      meter === null ? "" : `  meter ${meter.meter}, version ${meter.versions.join(", ") || "-"}`,
      `  price ${price.price} of ${price.plan}, version ${price.plan_version}: ${price.text}`,
      `  catalog as known below offset ${replay.catalog_offset}`,
    ].filter((line) => line !== "").join("\n"),
    section(`Events (${events.length})`, ["partition", "offset", "id", "time", "cut", "quantity"], quantities, 5, [0, 1]) + (more === "" ? "" : `\n${more}`),
    section(`Rollup (${rollup.length} hours)`, ["hour", "events", "quantity"], rollup.map((it) => [it.slot, it.count, it.quantity]), 1),
    section("Postings", ["account", "amount"], postings.map((it) => [it.account, it.amount]), 1),
    section("Billed and recomputed", ["step", "what", "", "billed", "recomputed"], compared.map((it) => [it.step, it.what, it.equal ? "=" : "≠", it.billed, it.recomputed]), 3),
    verdict.kind === "equal" ? "Verdict: equal." : `Verdict: different, first at ${verdict.first.step}, ${verdict.first.what}: billed ${verdict.first.billed}, recomputed ${verdict.first.recomputed}.`,
  ];
  return sections.filter((text) => text !== "").join("\n\n");
}

function section(title: string, header: readonly string[], rows: readonly (readonly Cell[])[], numbersFrom: number, numbers: readonly number[] = []): string {
  return rows.length === 0 ? "" : `${title}\n${aligned(header, rows, numbersFrom, numbers)}`;
}

/** A table whose columns from `numbersFrom` on, and those in `numbers`, are aligned at their ends. */
function aligned(header: readonly string[], rows: readonly (readonly Cell[])[], numbersFrom: number, numbers: readonly number[] = []): string {
  const cells = [header, ...rows].map((row) => row.map(String));
  const widths = header.map((_, column) => cells.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), 0));
  const isNumber = (column: number) => column >= numbersFrom || numbers.includes(column);
  return cells
    .map((row) => row.map((cell, column) => (isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join("  "))
    .map((line) => `  ${line.trimEnd()}`)
    .join("\n");
}
