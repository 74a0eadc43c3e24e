import { fillName } from "@tallybook/usage";
import type { PartCompared } from "@tallybook/usage";

import { differencesOf } from "./control.ts";
import type { ColumnsControl, PartRange } from "./control.ts";
import type { FillRows } from "./filled.ts";
import { changeOf } from "./marks.ts";
import type { Marks, PlaceMark } from "./marks.ts";
import { cutsOf, spanOf } from "./spans.ts";

export type Proof =
  | { readonly ok: true }
  | { readonly ok: false; readonly differences: readonly string[] };

/** A span of cuts as it was when some of its cuts were found equal to the log. */
interface Proven {
  readonly startedAt: number;
  readonly places: ReadonlyMap<number, PlaceMark>;
  readonly cuts: ReadonlySet<number>;
}

/** Differences that are told: the first of them say enough. */
const differencesMax = 100;

/**
 * Proves that ClickHouse holds what parts held when they were compared, and remembers it: rows are digested again only in
 * spans in which something has changed since. What is remembered is the look before the reading, so that a change which
 * comes during or after it shows at the next proof. Rows of `hidden` fills are not looked at; with others hidden, nothing
 * is remembered.
 */
export function createProver(columns: {
  readonly readMarks: () => Promise<Marks>;
  readonly readControls: (
    range: PartRange,
    hidden: readonly FillRows[],
  ) => Promise<ColumnsControl[]>;
}): (parts: readonly PartCompared[], hidden?: readonly FillRows[]) => Promise<Proof> {
  const provenBySpan = new Map<number, Proven>();
  let hiddenBefore = "";
  return async function prove(parts, hidden = []) {
    if (parts.length === 0) return { ok: true };
    const hiddenNow = hidden.map(fillName).toSorted().join("\u001e");
    if (hiddenNow !== hiddenBefore) provenBySpan.clear();
    hiddenBefore = hiddenNow;
    const marks = await columns.readMarks();
    const differences: string[] = [];
    for (const [span, ofSpan] of Map.groupBy(parts, ({ cut }) => spanOf(cut))) {
      const places = new Map(
        marks.places
          .filter((place) => place.span === span)
          .map((place) => [place.partition, place]),
      );
      const before = provenBySpan.get(span);
      const isSame = before !== undefined && isUnchanged(before, marks, places);
      const cuts = new Set(ofSpan.map(({ cut }) => cut));
      if (isSame && cuts.isSubsetOf(before.cuts)) continue;
      const found = await columns.readControls(rangeOf(span, cuts), hidden);
      const different = differencesOf(ofSpan, found);
      differences.push(...different);
      if (different.length > 0) provenBySpan.delete(span);
      else {
        const known = isSame ? cuts.union(before.cuts) : cuts;
        provenBySpan.set(span, { startedAt: marks.startedAt, places, cuts: known });
      }
    }
    if (differences.length === 0) return { ok: true };
    return { ok: false, differences: differences.slice(0, differencesMax) };
  };
}

function isUnchanged(
  before: Proven,
  marks: Marks,
  places: ReadonlyMap<number, PlaceMark>,
): boolean {
  const partitions = new Set([...before.places.keys(), ...places.keys()]);
  return [...partitions].every(
    (partition) =>
      changeOf(
        { startedAt: before.startedAt, place: before.places.get(partition) },
        marks,
        places.get(partition),
      ) === "same",
  );
}

function rangeOf(span: number, cuts: ReadonlySet<number>): PartRange {
  const { cutMin, cutMax } = cutsOf(span);
  return {
    cutMin: Math.max(cutMin, Math.min(...cuts)),
    cutMax: Math.min(cutMax, Math.max(...cuts)),
  };
}
