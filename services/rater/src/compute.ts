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
  withDiscounts,
} from "@tallybook/journal";
import type { RatedStep, StepBasis, TakenOfInvoices, UsageToRead } from "@tallybook/journal";
import type { Cuts, UsageRow } from "@tallybook/usage";

import type { Proofs } from "./proofs.ts";

/** What was computed, or why it cannot be yet. */
export type Computed<What> =
  | { readonly kind: "rated"; readonly step: What }
  /** ClickHouse does not hold what the log holds: behind, being rebuilt, or changed by somebody. */
  | { readonly kind: "unproven"; readonly differences: readonly string[] };

export interface ComputeOptions {
  readonly columns: Pick<Columns, "readUsage">;
  readonly cuts: Cuts;
  readonly proofs: Proofs;
  readonly reached: (point: "rater.read") => void;
}

/**
 * Computes a step from what its StepBegun fixed. Usage counts only where the columns reproduce the control totals and
 * digests of every part that is read: proven here before the read, and behind it by whoever asks `proofs.again`. Less usage
 * must never look like a smaller bill.
 */
export async function computeStep(
  basis: StepBasis,
  invoices: readonly TakenOfInvoices[],
  options: ComputeOptions,
): Promise<Computed<RatedStep>> {
  if (!isRatingStep(basis))
    return { kind: "rated", step: postedWithoutUsage(basis, ratingsOfStep(basis, []), invoices) };
  const { columns, proofs } = options;

  let proof = await proofs.ofNew();
  if (!proof.ok) return { kind: "unproven", differences: proof.differences };
  const late = await readLate(basis, options);
  const toRate = ratingsOfStep(basis, late);
  const { ratings } = toRate;
  // With nothing to rate, that nothing is late is all that was taken from the columns.
  if (ratings.length > 0) proof = await proofs.ofAll();
  if (!proof.ok) return { kind: "unproven", differences: proof.differences };

  const pieces: RatedStep[] = [postedWithoutUsage(basis, toRate, invoices)];
  for (const piece of piecesOfStep(basis, ratings)) {
    const rows = await readAll(usageOfPiece(piece, basis), columns);
    pieces.push(rateStep(basis, piece.ratings, rows, []));
  }
  options.reached("rater.read");
  return { kind: "rated", step: withDiscounts(basis, joinSteps(pieces)) };
}

/** The rows that became known at the cut and belong to periods which some subscription has been rated for. */
async function readLate(
  basis: StepBasis,
  { columns, cuts }: Pick<ComputeOptions, "columns" | "cuts">,
): Promise<UsageRow[]> {
  const { begun, fills } = basis;
  const ofCut = [...(cuts.parts[begun.cut]?.values() ?? [])];
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
