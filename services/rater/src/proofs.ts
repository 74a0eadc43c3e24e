import type { Columns, Proof } from "@tallybook/columns";
import { fillsHiddenAt, fillsKnownAt, partWith } from "@tallybook/usage";
import type { Cuts, PartCompared } from "@tallybook/usage";

/** Cuts in a row, both inclusive, at all of which the same histories are filled: one proof holds for the steps of all. */
export interface CutSpan {
  readonly first: number;
  readonly last: number;
}

/** What is proven of the columns while the steps of some cuts read them: before the first reading, and again behind the last. */
export interface Proofs {
  /** Of what became known at the cuts. */
  ofNew(): Promise<Proof>;
  /** Of everything up to the last cut. */
  ofAll(): Promise<Proof>;
  /** Whether all that was proven still holds. */
  again(): Promise<Proof>;
}

/** Nothing is asked that was proven before, until it is asked whether it still holds. */
export function createProofs(
  columns: Pick<Columns, "proveParts">,
  cuts: Cuts,
  { first, last }: CutSpan,
): Proofs {
  const filled = fillsKnownAt(cuts.fills, first);
  const hidden = fillsHiddenAt(cuts.fills, first);
  // What a fill makes known at this cut stands in older ones.
  const firstNew = filled.some((fill) => fill.cut === first) ? 0 : first;
  let provenFrom: number | undefined;

  function prove(from: number): Promise<Proof> {
    const parts = partsBetween(cuts, from, last).map((part) => partWith(part, filled));
    return columns.proveParts(parts, hidden);
  }

  async function proveOnce(from: number): Promise<Proof> {
    if (provenFrom !== undefined && provenFrom <= from) return { ok: true };
    const proof = await prove(from);
    if (proof.ok) provenFrom = from;
    return proof;
  }

  return {
    ofNew: () => proveOnce(firstNew),
    ofAll: () => proveOnce(0),
    again: async () => (provenFrom === undefined ? { ok: true } : prove(provenFrom)),
  };
}

/** The closed cuts from one on for which the same proof holds; `most` of them at most. */
export function spanFrom({ closed, fills }: Cuts, first: number, most: number): CutSpan {
  const known = new Set([...fills.values()].map(({ cut }) => cut));
  let last = first;
  while (last - first + 1 < most && last + 1 < closed.length && !known.has(last + 1)) last += 1;
  return { first, last };
}

function partsBetween(cuts: Cuts, first: number, last: number): PartCompared[] {
  return cuts.parts.slice(first, last + 1).flatMap((parts) => [...parts.values()]);
}
