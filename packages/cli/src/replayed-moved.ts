import type { ReplayedMovement } from "@tallybook/audit";

import { comparedText, sentence, wordOf } from "./replayed.ts";
import { table } from "./table.ts";

/** Money that moved: what was written and posted, beside what comes out again. */
export function replayedMovedText(all: readonly ReplayedMovement[]): readonly string[] {
  return all.flatMap((each) => [
    `${nameOf(each)} of ${each.customer}, ${each.currency}, at offset ${each.offset} of invoices: ${postedText(each)}`,
    "",
    ...comparedText(each.compared),
    sentence(each.verdict),
  ]);
}

/** A line for each, and how many are not exact. */
export function replayedMovedList(all: readonly ReplayedMovement[]): readonly string[] {
  if (all.length === 0)
    return ["No money has moved: there is no payment, no note, no credit and no void."];
  const inexact = all.filter(({ verdict }) => verdict.kind !== "equal").length;
  return [
    ...table(
      [
        { title: "tenant" },
        { title: "what" },
        { title: "customer" },
        { title: "transaction", align: "right" },
        { title: "" },
      ],
      all.map((each) => [
        each.tenant,
        nameOf(each),
        each.customer,
        each.transaction === null ? "-" : String(each.transaction.seq),
        each.verdict.kind === "equal"
          ? wordOf(each.verdict)
          : `${wordOf(each.verdict)}: ${each.verdict.first.step}, ${each.verdict.first.what}`,
      ]),
    ),
    inexact === 0
      ? `All ${all.length} come out exactly.`
      : `${inexact} of ${all.length} do not come out exactly: replay one by its name for all of it.`,
  ];
}

function nameOf({ moved, id, number }: ReplayedMovement): string {
  return `${moved.replace("_", " ")} ${number ?? id}`;
}

function postedText({ transaction }: ReplayedMovement): string {
  return transaction === null
    ? "nothing is posted of it (yet)"
    : `journal transaction ${transaction.seq} at offset ${transaction.journal_offset}`;
}
