import type { Catalog } from "@tallybook/catalog";
import type { Columns } from "@tallybook/columns";
import {
  earlierUsage,
  eventMetersOf,
  feesInAdvance,
  interimRatings,
  isApart,
  isRatingStep,
  joinSteps,
  planStep,
  rateStep,
  usageTakenBack,
} from "@tallybook/journal";
import type { InvoiceToRound, RatedStep, StepBasis } from "@tallybook/journal";
import { fillsHiddenAt, fillsKnownAt, partWith } from "@tallybook/usage";
import type { Cuts, PartCompared, UsageRow } from "@tallybook/usage";

import { piecesOf } from "./pieces.ts";
import type { Piece } from "./pieces.ts";

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
  const roundings = rateStep(basis, [], [], invoices);
  if (!isRatingStep(basis)) return { kind: "rated", step: roundings };
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
  const plan = planStep(basis, late);
  const ratings = [...plan, ...interimRatings(basis, plan)];
  // With nothing to rate, that nothing is late is all that was taken from the columns.
  const parts = ratings.length === 0 ? newParts : partsBetween(cuts, 0, cut);
  if (ratings.length > 0) proof = await prove(parts);
  if (!proof.ok) return { kind: "unproven", differences: proof.differences };

  const inAdvance = {
    transactions: [...feesInAdvance(basis, plan), ...usageTakenBack(basis)],
    parked: [],
  };
  const pieces: RatedStep[] = [roundings, inAdvance];
  const catalog = basis.catalogAt(basis.begun.catalog_offset);
  for (const piece of piecesOf(ratings, (tenant) => customersMax(catalog, tenant))) {
    const rows = await readPiece(piece, basis, columns);
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
  const { begun, ledger, fills } = basis;
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
  const late: UsageRow[] = [];
  for (const tenant of tenants) {
    const to = ledger.ratedUpTo.get(tenant);
    if (to === undefined) continue;
    for (const row of await columns.readUsage({
      tenant,
      from: 0,
      to,
      cutMin: begun.cut,
      cutMax: begun.cut,
      fills,
      isApart: apartIn(basis),
    }))
      late.push(row);
  }
  return late;
}

/** How many customers' usage is in memory at once: of rows of the rollups, or where single events are rated. */
function customersMax(catalog: Catalog, tenant: string): number {
  return eventMetersOf(catalog, tenant).size > 0 ? 20 : 200;
}

async function readPiece(
  { tenant, customers, span }: Piece,
  basis: StepBasis,
  columns: ComputeOptions["columns"],
): Promise<UsageRow[]> {
  const cutMax = basis.begun.cut;
  const known = { tenant, cutMax, fills: basis.fills, customers };
  const rows = await columns.readUsage({ ...known, ...span, isApart: apartIn(basis) });
  const catalog = basis.catalogAt(basis.begun.catalog_offset);
  const earlier = earlierUsage(catalog, tenant, span.from);
  if (earlier === undefined) return rows;
  return [...rows, ...(await columns.readUsage({ ...known, ...earlier }))];
}

function apartIn(basis: StepBasis): (row: UsageRow) => boolean {
  const catalog = basis.catalogAt(basis.begun.catalog_offset);
  return (row) => isApart(row, { ...basis, catalog });
}

function partsBetween(cuts: Cuts, first: number, last: number): PartCompared[] {
  return cuts.parts.slice(first, last + 1).flatMap((parts) => [...parts.values()]);
}
