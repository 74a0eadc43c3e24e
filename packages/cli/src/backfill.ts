import type { BackfillAnswer, BackfillOutcome, UnfitLine } from "@tallybook/audit";
import { table } from "./table.ts";

const shownMax = 20;

const outcomes: Readonly<Record<BackfillOutcome, string>> = {
  new: "new",
  duplicate: "there already, with the same content",
  conflict: "there already, with other content: the first stays",
  outside: "outside of the range or the sources",
};

/** How many events of a file come to what. */
export function countsOf(answers: readonly BackfillAnswer[]): Record<BackfillOutcome, number> {
  const counts = { new: 0, duplicate: 0, conflict: 0, outside: 0 };
  for (const { outcome } of answers) counts[outcome] += 1;
  return counts;
}

/**
 * Whether what is new can be sent. A file is put right first; what was refused cannot be, so that what of it is no event keeps back
 * nothing else.
 */
export function isSendable(
  counts: Record<BackfillOutcome, number>,
  unfit: readonly UnfitLine[],
  { isFile }: { readonly isFile: boolean },
): boolean {
  if (counts.new === 0) return false;
  return !isFile || unfit.length + counts.outside === 0;
}

/** What a backfill would bring, as text: how many of what, and the first of those that need somebody. */
export function backfillText(
  answers: readonly BackfillAnswer[],
  unfit: readonly UnfitLine[],
): string[] {
  const counts = countsOf(answers);
  const names = Object.keys(outcomes) as BackfillOutcome[];
  const rows = names.map((outcome) => [outcomes[outcome], String(counts[outcome])]);
  const faults = [
    ...unfit.map(({ line, detail }) => [String(line), "", detail]),
    ...answers
      .filter(({ outcome }) => outcome === "conflict" || outcome === "outside")
      .map(({ line, id, outcome, detail }) => [
        String(line),
        id,
        detail === "" ? outcome : `${outcome} with ${detail}`,
      ]),
  ];
  const lines = [
    ...table(
      [{ title: "what" }, { title: "events", align: "right" }],
      [...rows, ["no event that can be sent", String(unfit.length)]],
    ),
  ];
  if (faults.length === 0) return lines;
  const columns = [{ title: "line", align: "right" as const }, { title: "id" }, { title: "why" }];
  lines.push("", ...table(columns, faults.slice(0, shownMax)));
  if (faults.length > shownMax) lines.push(`… and ${faults.length - shownMax} more`);
  return lines;
}
