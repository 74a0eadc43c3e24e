import type { Reading, Replay, Verdict } from "@tallybook/audit";

import { wordOf } from "./replayed.ts";
import { table } from "./table.ts";

/** What became of one of many invoices, without its road. */
export interface ReplayedInvoice {
  readonly tenant: string;
  readonly invoice: string;
  readonly number: string;
  readonly customer: string;
  readonly lines: number;
  readonly verdict: Verdict;
  readonly reading: Reading;
  /** What the reading proves, and what it does not. */
  readonly statement: string;
}

export function replayedInvoice(replay: Replay): ReplayedInvoice {
  const { tenant, invoice, number, customer, lines, verdict, reading, statement } = replay;
  return { tenant, invoice, number, customer, lines: lines.length, verdict, reading, statement };
}

/** A line for each invoice, what was read, and how many are not exact. */
export function replayedInvoicesText(all: readonly ReplayedInvoice[]): readonly string[] {
  if (all.length === 0) return ["There is no invoice, and no draft."];
  const inexact = all.filter(({ verdict }) => verdict.kind !== "equal").length;
  const lines = all.reduce((sum, each) => sum + each.lines, 0);
  return [
    ...table(
      [
        { title: "tenant" },
        { title: "invoice" },
        { title: "customer" },
        { title: "lines", align: "right" },
        { title: "" },
      ],
      all.map(({ tenant, number, customer, lines: own, verdict }) => [
        tenant,
        number,
        customer,
        String(own),
        verdict.kind === "equal"
          ? wordOf(verdict)
          : `${wordOf(verdict)}: ${verdict.first.step}, ${verdict.first.what}`,
      ]),
    ),
    statementOf(all),
    inexact === 0
      ? `All ${lines} lines of ${all.length} invoices and drafts come out exactly.`
      : `${inexact} of ${all.length} invoices and drafts do not come out exactly: replay one by its number for its road.`,
  ];
}

function statementOf(all: readonly ReplayedInvoice[]): string {
  const full = all.find(({ reading }) => reading.kind === "full");
  return (
    full?.statement ??
    "Each by the records of usage.raw that ClickHouse names for it: --full reads all of usage.raw, once for all of them, and proves more."
  );
}
