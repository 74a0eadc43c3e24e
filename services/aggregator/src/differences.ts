import { countedTables, countsOf, differencesOf, noRows } from "@tallybook/columns";
import type { Columns, CutCounts } from "@tallybook/columns";
import type { PartCompared } from "@tallybook/usage";

/** What differs in a cut's rows of one partition. */
export interface Difference {
  readonly words: readonly string[];
  /** Rows are missing, and no table has more than it should: so it looks where an insertion was interrupted. */
  readonly isShort: boolean;
}

/** By cut. */
export type Differences = Map<number, Difference>;

/** Events that are digested in one step, about. */
const eventsPerStep = 500_000;

/**
 * Cuts whose numbers of rows are not those that were compared, and rows of cuts that the log does not have. Costs no more
 * than what ClickHouse counts without reading a row.
 */
export function countDifferences(
  partition: number,
  parts: readonly PartCompared[],
  counts: ReadonlyMap<number, CutCounts>,
  isOnLog: (cut: number) => boolean,
): Differences {
  const differences: Differences = new Map();
  for (const part of parts) {
    const found = counts.get(part.cut) ?? noRows;
    const wanted = countsOf(part);
    const wrong = countedTables
      .filter((table) => found[table] !== wanted[table])
      .map(
        (table) =>
          `cut ${part.cut}, partition ${partition}: ${found[table]} rows in ${table}, ${wanted[table]} by the log`,
      );
    const isShort = countedTables.every((table) => found[table] <= wanted[table]);
    if (wrong.length > 0) differences.set(part.cut, { words: wrong, isShort });
  }
  for (const [cut, found] of counts) {
    if (isOnLog(cut)) continue;
    const total = countedTables.map((table) => `${found[table]} in ${table}`).join(", ");
    const words = [
      `cut ${cut}, partition ${partition}: rows that the log does not have (${total})`,
    ];
    differences.set(cut, { words, isShort: false });
  }
  return differences;
}

/** Parts in a row whose rows are not those that were compared. Reads and digests every row of them: see `stepsOf`. */
export async function digestDifferences(
  columns: Pick<Columns, "readControls">,
  partition: number,
  parts: readonly PartCompared[],
): Promise<Differences> {
  const found = await columns.readControls({
    cutMin: parts[0]?.cut ?? 0,
    cutMax: parts.at(-1)?.cut ?? 0,
    partition,
  });
  const byCut = Map.groupBy(found, ({ cut }) => cut);
  const differences: Differences = new Map();
  for (const part of parts) {
    const words = differencesOf([part], byCut.get(part.cut) ?? []);
    if (words.length > 0) differences.set(part.cut, { words, isShort: false });
  }
  return differences;
}

/** Parts in a row, as many as one reading takes. */
export function stepsOf(parts: readonly PartCompared[]): PartCompared[][] {
  const steps: PartCompared[][] = [];
  let events = 0;
  for (const part of parts) {
    const count = countsOf(part).usage_events;
    const step = steps.at(-1);
    if (step === undefined || events + count > eventsPerStep) {
      steps.push([part]);
      events = count;
    } else {
      step.push(part);
      events += count;
    }
  }
  return steps;
}
