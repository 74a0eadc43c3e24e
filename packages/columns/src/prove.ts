import { fillName } from "@tallybook/usage";
import type { PartCompared } from "@tallybook/usage";

import { differencesOf } from "./control.ts";
import type { ColumnsControl, PartRange } from "./control.ts";
import type { FillRows } from "./filled.ts";
import { countedTables, countsOf, noRows } from "./counts.ts";
import type { CutCounts } from "./counts.ts";
import { changeOf } from "./marks.ts";
import type { Change, Marks, PlaceMark } from "./marks.ts";
import { cutsOf, spanOf } from "./spans.ts";
import type { SpanPlace } from "./spans.ts";

export type Proof =
  | { readonly ok: true }
  | { readonly ok: false; readonly differences: readonly string[] };

/** A span of cuts as it was when some of its parts were found equal to the log. */
interface Proven {
  readonly startedAt: number;
  readonly places: ReadonlyMap<number, PlaceMark>;
  readonly partsByCut: ReadonlyMap<number, readonly PartCompared[]>;
}

/** Differences that are told: the first of them say enough. */
const differencesMax = 100;

/**
 * Proves that ClickHouse holds what parts held when they were compared, and remembers it: rows are digested once, and again
 * only in spans in which something has changed since. Where rows were added, and nothing else can have happened, the rows of
 * what is proven are counted. What is remembered is the look before the reading, so that a change which comes during or
 * after it shows at the next proof. Rows of `hidden` fills are not looked at; with others hidden, nothing is remembered.
 */
export function createProver(columns: {
  readonly readMarks: () => Promise<Marks>;
  readonly readCounts: (place: SpanPlace) => Promise<Map<number, CutCounts>>;
  readonly readControls: (
    range: PartRange,
    hidden: readonly FillRows[],
  ) => Promise<ColumnsControl[]>;
}): (parts: readonly PartCompared[], hidden?: readonly FillRows[]) => Promise<Proof> {
  const provenBySpan = new Map<number, Proven>();
  let hiddenBefore = "";

  /** What of a span is known to be as it was proven. */
  async function stillProven(
    span: number,
    marks: Marks,
    places: ReadonlyMap<number, PlaceMark>,
    hidden: readonly FillRows[],
  ): Promise<Proven["partsByCut"]> {
    const before = provenBySpan.get(span);
    if (before === undefined) return nothing;
    const change = changeOfSpan(before, marks, places);
    if (change === "same") return before.partsByCut;
    // Rows of hidden fills are counted as well: there the count says nothing.
    if (change === "changed" || hidden.length > 0) return nothing;
    for (const partition of places.keys()) {
      const counts = await columns.readCounts({ span, partition });
      for (const [cut, parts] of before.partsByCut) {
        const part = parts.find((each) => each.partition === partition);
        if (!isSameCount(part === undefined ? noRows : countsOf(part), counts.get(cut) ?? noRows))
          return nothing;
      }
    }
    return before.partsByCut;
  }

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
      const proven = await stillProven(span, marks, places, hidden);
      const unproven = ofSpan.filter(({ cut }) => !proven.has(cut));
      const different =
        unproven.length === 0
          ? []
          : differencesOf(unproven, await columns.readControls(rangeOf(span, unproven), hidden));
      differences.push(...different);
      if (different.length > 0) provenBySpan.delete(span);
      else {
        const found = Map.groupBy(unproven, ({ cut }) => cut);
        const partsByCut = new Map([...proven, ...found]);
        provenBySpan.set(span, { startedAt: marks.startedAt, places, partsByCut });
      }
    }
    if (differences.length === 0) return { ok: true };
    return { ok: false, differences: differences.slice(0, differencesMax) };
  };
}

const nothing: Proven["partsByCut"] = new Map();

/** The most that can have happened to any partition of a span. */
function changeOfSpan(
  before: Proven,
  marks: Marks,
  places: ReadonlyMap<number, PlaceMark>,
): Change {
  const partitions = new Set([...before.places.keys(), ...places.keys()]);
  const { startedAt } = before;
  const changes = new Set(
    [...partitions].map((partition) =>
      changeOf({ startedAt, place: before.places.get(partition) }, marks, places.get(partition)),
    ),
  );
  if (changes.has("changed")) return "changed";
  return changes.has("grown") ? "grown" : "same";
}

function isSameCount(wanted: CutCounts, found: CutCounts): boolean {
  return countedTables.every((table) => found[table] === wanted[table]);
}

function rangeOf(span: number, parts: readonly PartCompared[]): PartRange {
  const { cutMin, cutMax } = cutsOf(span);
  const cuts = parts.map(({ cut }) => cut);
  return {
    cutMin: Math.max(cutMin, Math.min(...cuts)),
    cutMax: Math.min(cutMax, Math.max(...cuts)),
  };
}
