import type { Columns } from "@tallybook/columns";
import {
  firstRatings,
  isRatingStep,
  joinSteps,
  lateUsage,
  piecesOfStep,
  postedWithoutUsage,
  ratedPeriods,
  rateStep,
  ratingOf,
  ratingsOfStep,
  usageOfPiece,
  withDiscounts,
} from "@tallybook/journal";
import type {
  RatedStep,
  Rating,
  StepBasis,
  TakenOfInvoices,
  UsageToRead,
} from "@tallybook/journal";
import type { Period } from "@tallybook/periods";
import type { UsageRow } from "@tallybook/usage";

/** Which transactions are meant: of billing periods that begin in the period, and of one tenant or customer where it is named. */
export interface RerateScope {
  readonly period: Period;
  readonly tenant?: string;
  readonly customer?: string;
}

type Reader = Pick<Columns, "readUsage">;

/** Everything that a step posts for what is meant, as the rater computes it, from what its StepBegun fixed. */
export async function stepAgain(
  basis: StepBasis,
  invoices: readonly TakenOfInvoices[],
  scope: RerateScope,
  columns: Reader,
): Promise<RatedStep> {
  const late = isRatingStep(basis) ? await readLate(basis, scope, columns) : [];
  const toRate = ratingsOfStep(basis, late);
  const ratings = toRate.ratings.filter((each) => isMeant(each, scope));
  const rated = await rateAll(basis, ratings, columns);
  const charged = joinSteps([postedWithoutUsage(basis, toRate, invoices), rated]);
  return ofScope(withDiscounts(basis, charged), scope);
}

/** What would still be posted for what is meant, were all of it rated at the last cut: nothing, where the journal is whole. */
export async function stillToPost(
  basis: StepBasis,
  scope: RerateScope,
  columns: Reader,
): Promise<RatedStep> {
  const again = ratedPeriods(basis.ledger).map((rated) => ratingOf(rated, basis.catalogAt));
  const ratings = [...firstRatings(basis), ...again].filter((each) => isMeant(each, scope));
  return ofScope(await rateAll(basis, ratings, columns), scope);
}

/** Whether what a transaction is of is meant. */
export function isInScope(
  of: { readonly tenant: string; readonly customer: string; readonly period_from: number },
  { period, tenant, customer }: RerateScope,
): boolean {
  return (
    period.from <= of.period_from &&
    of.period_from < period.to &&
    (tenant === undefined || tenant === of.tenant) &&
    (customer === undefined || customer === of.customer)
  );
}

async function rateAll(
  basis: StepBasis,
  ratings: readonly Rating[],
  columns: Reader,
): Promise<RatedStep> {
  const pieces: RatedStep[] = [];
  for (const piece of piecesOfStep(basis, ratings)) {
    const rows = await readAll(usageOfPiece(piece, basis), columns);
    pieces.push(rateStep(basis, piece.ratings, rows, []));
  }
  return joinSteps(pieces);
}

async function readLate(
  basis: StepBasis,
  { tenant, customer }: RerateScope,
  columns: Reader,
): Promise<UsageRow[]> {
  const tenants = tenant === undefined ? [...basis.ledger.ratedUpTo.keys()] : [tenant];
  const only = customer === undefined ? {} : { customers: [customer] };
  const wanted = tenants.flatMap((each) => lateUsage(basis, each) ?? []);
  return readAll(
    wanted.map((usage) => ({ ...usage, ...only })),
    columns,
  );
}

async function readAll(wanted: readonly UsageToRead[], columns: Reader): Promise<UsageRow[]> {
  const rows: UsageRow[] = [];
  for (const usage of wanted) for (const row of await columns.readUsage(usage)) rows.push(row);
  return rows;
}

function isMeant({ tenant, customer, period }: Rating, scope: RerateScope): boolean {
  return isInScope({ tenant, customer, period_from: period.from }, scope);
}

function ofScope({ transactions, parked }: RatedStep, scope: RerateScope): RatedStep {
  return {
    transactions: transactions.filter(({ tenant, evidence }) =>
      isInScope({ tenant, ...evidence }, scope),
    ),
    parked: parked.filter((each) => isInScope(each, scope)),
  };
}
