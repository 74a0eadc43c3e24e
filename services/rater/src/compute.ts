import type { Columns } from "@tallybook/columns";
import {
  isRatingStep,
  joinSteps,
  lateUsage,
  piecesOfStep,
  postedWithoutUsage,
  rateStep,
  ratingsOfStep,
  usageOfPiece,
} from "@tallybook/journal";
import type { InvoiceToRound, RatedStep, StepBasis, UsageToRead } from "@tallybook/journal";
import { fillsHiddenAt, fillsKnownAt, partWith } from "@tallybook/usage";
import type { Cuts, PartCompared, UsageRow } from "@tallybook/usage";

/** What a step comes to, or why it cannot be said yet. */
export type Computed =
  | { readonly kind: "rated"; readonly step: RatedStep }
  /** ClickHouse does not hold what the log holds: behind, being rebuilt, or changed by somebody. */
  | { readonly kind: "unproven"; readonly differences: readonly string[] };

export interface ComputeOptions {
  readonly columns: Pick<Columns, "readUsage" | "proveParts">;
  readonly cuts: Cuts;
  readonly reached: (point: "rater.read") => void;
}

/**
 * Computes a step from what its StepBegun fixed. Usage counts only where the columns reproduce the control totals and
 * digests of every part that was read, before the read and after it: less usage must never look like a smaller bill.
 */
export async function computeStep(
  basis: StepBasis,
  invoices: readonly InvoiceToRound[],
  options: ComputeOptions,
): Promise<Computed> {
  if (!isRatingStep(basis))
    return { kind: "rated", step: postedWithoutUsage(basis, ratingsOfStep(basis, []), invoices) };
  const { columns, cuts } = options;
  const { cut } = basis.begun;

  const filled = fillsKnownAt(cuts.fills, cut);
  const hidden = fillsHiddenAt(cuts.fills, cut);
  const prove = (parts: readonly PartCompared[]) =>
    columns.proveParts(
      parts.map((part) => partWith(part, filled)),
      hidden,
    );

  // What a fill makes known at this cut stands in older ones.
  const isFilled = filled.some((fill) => fill.cut === cut);
  const newParts = partsBetween(cuts, isFilled ? 0 : cut, cut);
  let proof = await prove(newParts);
  if (!proof.ok) return { kind: "unproven", differences: proof.differences };
  const late = await readLate(basis, newParts, columns);
  const toRate = ratingsOfStep(basis, late);
  const { ratings } = toRate;
  // With nothing to rate, that nothing is late is all that was taken from the columns.
  const parts = ratings.length === 0 ? newParts : partsBetween(cuts, 0, cut);
  if (ratings.length > 0) proof = await prove(parts);
  if (!proof.ok) return { kind: "unproven", differences: proof.differences };

  const pieces: RatedStep[] = [postedWithoutUsage(basis, toRate, invoices)];
  for (const piece of piecesOfStep(basis, ratings)) {
    const rows = await readAll(usageOfPiece(piece, basis), columns);
    pieces.push(rateStep(basis, piece.ratings, rows, []));
  }
  options.reached("rater.read");
  proof = await prove(parts);
  return proof.ok
    ? { kind: "rated", step: joinSteps(pieces) }
    : { kind: "unproven", differences: proof.differences };
}

/** The rows that became known at the cut and belong to periods which some subscription has been rated for. */
async function readLate(
  basis: StepBasis,
  newParts: readonly PartCompared[],
  columns: ComputeOptions["columns"],
): Promise<UsageRow[]> {
  const { begun, fills } = basis;
  const ofCut = newParts.filter((part) => part.cut === begun.cut);
  const tenants = new Set([
    ...ofCut.flatMap((part) =>
      part.tenants.filter(({ rollups }) => rollups > 0).map(({ tenant }) => tenant),
    ),
    ...fills
      .values()
      .filter(({ cut }) => cut === begun.cut)
      .map(({ tenant }) => tenant),
  ]);
  return readAll(
    [...tenants].flatMap((tenant) => lateUsage(basis, tenant) ?? []),
    columns,
  );
}

async function readAll(
  wanted: readonly UsageToRead[],
  columns: ComputeOptions["columns"],
): Promise<UsageRow[]> {
  const rows: UsageRow[] = [];
  for (const usage of wanted) for (const row of await columns.readUsage(usage)) rows.push(row);
  return rows;
}

function partsBetween(cuts: Cuts, first: number, last: number): PartCompared[] {
  return cuts.parts.slice(first, last + 1).flatMap((parts) => [...parts.values()]);
}
