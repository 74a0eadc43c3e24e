import type { Columns } from "@tallybook/columns";
import {
  earlierUsage,
  eventMetersOf,
  isApart,
  isRatingStep,
  joinSteps,
  planStep,
  ratedUpTo,
  rateStep,
} from "@tallybook/journal";
import type { InvoiceToRound, RatedStep, Rating, StepBasis } from "@tallybook/journal";
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

/** Customers whose usage is in memory at once: of rows of the rollups, and where single events are rated. */
const customersMax = 200;
const customersOfEventsMax = 20;

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

  const ownParts = partsBetween(cuts, cut, cut);
  let proof = await columns.proveParts(ownParts);
  if (!proof.ok) return { kind: "unproven", differences: proof.differences };
  const late = await readLate(basis, ownParts, columns);
  const plan = planStep(basis, late);
  // With nothing to rate, that nothing is late is all that was taken from the columns.
  const parts = plan.length === 0 ? ownParts : partsBetween(cuts, 0, cut);
  if (plan.length > 0) proof = await columns.proveParts(parts);
  if (!proof.ok) return { kind: "unproven", differences: proof.differences };

  const pieces: RatedStep[] = [roundings];
  for (const piece of piecesOf(plan, basis)) {
    const rows = await readPiece(piece, basis, columns);
    pieces.push(rateStep(basis, piece, rows, []));
  }
  options.reached("rater.read");
  proof = await columns.proveParts(parts);
  return proof.ok
    ? { kind: "rated", step: joinSteps(pieces) }
    : { kind: "unproven", differences: proof.differences };
}

/** The cut's own rows that belong to months which some subscription has been rated for. */
async function readLate(
  basis: StepBasis,
  ownParts: readonly PartCompared[],
  columns: ComputeOptions["columns"],
): Promise<UsageRow[]> {
  const { begun, ledger } = basis;
  const to = ratedUpTo(ledger);
  if (to === 0) return [];
  const tenants = new Set(
    ownParts.flatMap((part) =>
      part.tenants.filter(({ rollups }) => rollups > 0).map(({ tenant }) => tenant),
    ),
  );
  const late: UsageRow[] = [];
  for (const tenant of tenants) {
    for (const row of await columns.readUsage({
      tenant,
      from: 0,
      to,
      cutMin: begun.cut,
      cutMax: begun.cut,
      isApart: apartIn(basis),
    }))
      late.push(row);
  }
  return late;
}

/** Ratings of one tenant and period, of whole customers, so many that their usage fits into memory. */
function piecesOf(plan: readonly Rating[], { begun, catalogAt }: StepBasis): Rating[][] {
  const catalog = catalogAt(begun.catalog_offset);
  const byPeriod = Map.groupBy(plan, ({ tenant, period }) => `${tenant}\u001f${period.from}`);
  return [...byPeriod.values()].flatMap((ratings) => {
    const ofEvents = eventMetersOf(catalog, ratings[0]?.tenant ?? "").size > 0;
    const atOnce = ofEvents ? customersOfEventsMax : customersMax;
    const byCustomer = [...Map.groupBy(ratings, ({ customer }) => customer).values()];
    const pieces: Rating[][] = [];
    for (let at = 0; at < byCustomer.length; at += atOnce)
      pieces.push(byCustomer.slice(at, at + atOnce).flat());
    return pieces;
  });
}

async function readPiece(
  piece: readonly Rating[],
  basis: StepBasis,
  columns: ComputeOptions["columns"],
): Promise<UsageRow[]> {
  const [first] = piece;
  if (first === undefined) return [];
  const { tenant, period } = first;
  const customers = [...new Set(piece.map(({ customer }) => customer))];
  const cutMax = basis.begun.cut;
  const own = { tenant, ...period, cutMax, customers, isApart: apartIn(basis) };
  const rows = await columns.readUsage(own);
  const catalog = basis.catalogAt(basis.begun.catalog_offset);
  const earlier = earlierUsage(catalog, tenant, period.from);
  if (earlier === undefined) return rows;
  return [...rows, ...(await columns.readUsage({ tenant, ...earlier, cutMax, customers }))];
}

function apartIn(basis: StepBasis): (row: UsageRow) => boolean {
  const catalog = basis.catalogAt(basis.begun.catalog_offset);
  return (row) => isApart(row, { ...basis, catalog });
}

function partsBetween(cuts: Cuts, first: number, last: number): PartCompared[] {
  return cuts.parts.slice(first, last + 1).flatMap((parts) => [...parts.values()]);
}
