import type { Catalog } from "@tallybook/catalog";
import type { Micros } from "@tallybook/periods";
import type { Fills, UsageRow } from "@tallybook/usage";

import { eventMetersOf, isApart } from "./apart.ts";
import { earlierUsage } from "./opening.ts";
import { piecesOf } from "./pieces.ts";
import type { Piece } from "./pieces.ts";
import type { Rating, StepBasis } from "./plan.ts";

/** Usage that a step is computed from: the rows of the rollups to read, and which of them as single events. */
export interface UsageToRead {
  readonly tenant: string;
  readonly from: Micros;
  readonly to: Micros;
  readonly cutMin?: number;
  readonly cutMax: number;
  readonly fills: Fills;
  readonly customers?: readonly string[];
  readonly meters?: readonly string[];
  readonly isPutTogether?: boolean;
  readonly isApart?: (row: UsageRow) => boolean;
}

/** The rows that became known at the step's cut and may belong to rated periods of a tenant; undefined where it has none. */
export function lateUsage(basis: StepBasis, tenant: string): UsageToRead | undefined {
  const { begun, ledger, fills } = basis;
  const to = ledger.ratedUpTo.get(tenant);
  if (to === undefined) return undefined;
  const { cut } = begun;
  return { tenant, from: 0, to, cutMin: cut, cutMax: cut, fills, isApart: apartIn(basis) };
}

/** The ratings of a step in pieces whose usage fits in memory. */
export function piecesOfStep(basis: StepBasis, ratings: readonly Rating[]): Piece[] {
  const catalog = basis.catalogAt(basis.begun.catalog_offset);
  return piecesOf(ratings, (tenant) => customersMax(catalog, tenant));
}

/** All usage that the ratings of a piece are done from. */
export function usageOfPiece({ tenant, customers, span }: Piece, basis: StepBasis): UsageToRead[] {
  const known = { tenant, cutMax: basis.begun.cut, fills: basis.fills, customers };
  const own = { ...known, ...span, isApart: apartIn(basis) };
  const catalog = basis.catalogAt(basis.begun.catalog_offset);
  const earlier = earlierUsage(catalog, tenant, span.from);
  return earlier === undefined ? [own] : [own, { ...known, ...earlier }];
}

/** How many customers' usage is in memory at once: of rows of the rollups, or where single events are rated. */
function customersMax(catalog: Catalog, tenant: string): number {
  return eventMetersOf(catalog, tenant).size > 0 ? 20 : 200;
}

function apartIn(basis: StepBasis): (row: UsageRow) => boolean {
  const catalog = basis.catalogAt(basis.begun.catalog_offset);
  return (row) => isApart(row, { ...basis, catalog });
}
