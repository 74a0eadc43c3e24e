import type { SoldPrice } from "@tallybook/catalog";
import type { Micros, Period } from "@tallybook/periods";
import { partQuantities, timeOf } from "@tallybook/usage";
import type { UsageRow } from "@tallybook/usage";

import { settledAtEnd } from "./advance.ts";
import { ownerOf } from "./attribute.ts";
import type { Transaction } from "./canonical.ts";
import { rateCharge } from "./charge.ts";
import type { MovementKind, TransactionKind } from "./facts.ts";
import { feeOf } from "./fees.ts";
import { usedUntil } from "./interim.ts";
import { customerKey, subscriptionKey } from "./ledger.ts";
import { backfillsAt, meteredUsage } from "./metered.ts";
import { isHeld } from "./opening.ts";
import { compareTexts } from "./order.ts";
import type { Rating, StepBasis } from "./plan.ts";
import { adjustmentOf, roundingOf, usageOf } from "./post.ts";
import { isMovementKind, movementKinds } from "./movement-kinds.ts";
import { isMovement, movedBy } from "./movements.ts";
import type { TakenOfInvoices } from "./movements.ts";
import { taxesOf } from "./taxes.ts";

/** A charge, or a combination of a matrix, that cannot be rated: it is listed, and everything else is billed. */
export interface Parked {
  readonly tenant: string;
  readonly customer: string;
  readonly subscription: string;
  readonly period_from: number;
  readonly price: string;
  readonly meter: string | null;
  readonly reason: string;
}

export interface RatedStep {
  /** In the order in which they are posted: by kind (fee, usage, adjustment, discount, rounding, tax, then what moves money), then cause. */
  readonly transactions: Transaction[];
  readonly parked: Parked[];
}

/**
 * What a step posts: a function of what its StepBegun fixed. `rows` holds the usage up to the step's cut of every rating
 * of the plan, and its `earlierUsage` (more does no harm, their order does not matter); `invoices` the facts that the step took.
 */
export function rateStep(
  basis: StepBasis,
  plan: readonly Rating[],
  rows: readonly UsageRow[],
  invoices: readonly TakenOfInvoices[],
): RatedStep {
  const rowsByRating = groupRows(basis, plan, rows);
  const heldByCustomer = groupHeld(basis, rows);
  const transactions: Transaction[] = [];
  const parked: Parked[] = [];
  for (const rating of plan) {
    const usage = {
      rows: rowsByRating.get(rating) ?? [],
      earlier: heldByCustomer.get(customerKey(rating.tenant, rating.customer)) ?? [],
    };
    ratePeriod(basis, rating, usage, { transactions, parked });
  }
  for (const taken of invoices) {
    const posted = isMovement(taken) ? movedBy(basis, taken) : roundingOf(basis, taken);
    if (posted !== undefined) transactions.push(posted);
    if (!isMovement(taken)) transactions.push(...taxesOf(basis, taken));
  }
  return { transactions: transactions.sort(byKindAndCause), parked };
}

/** A step that was rated in pieces, each with whole customers, as if it had been rated at once. */
export function joinSteps(pieces: readonly RatedStep[]): RatedStep {
  return {
    transactions: pieces.flatMap(({ transactions }) => transactions).sort(byKindAndCause),
    parked: pieces.flatMap(({ parked }) => parked),
  };
}

/** The rows of each rating. Where a period ends and the next begins was settled with the plan. */
function groupRows(
  basis: StepBasis,
  plan: readonly Rating[],
  rows: readonly UsageRow[],
): Map<Rating, UsageRow[]> {
  const catalog = basis.catalogAt(basis.begun.catalog_offset);
  const bySubscription = Map.groupBy(plan, ({ tenant, subscription }) =>
    subscriptionKey(tenant, subscription),
  );
  const groups = new Map<Rating, UsageRow[]>();
  for (const row of rows) {
    if (row.cut > basis.begun.cut) continue;
    const owner = ownerOf(row, { ...basis, catalog });
    if (owner.kind === "unattributed") continue;
    const { subscription } = owner.kind === "rated" ? owner.rated : owner.subscription;
    const ratings = bySubscription.get(subscriptionKey(row.tenant, subscription));
    const rating = ratings?.find((each) =>
      owner.kind === "rated"
        ? each.rated === owner.rated
        : each.rated === null && isIn(each.period, timeOf(row)),
    );
    if (rating === undefined) continue;
    const group = groups.get(rating);
    if (group === undefined) groups.set(rating, [row]);
    else group.push(row);
  }
  return groups;
}

function isIn({ from, to }: Period, time: Micros): boolean {
  return from <= time && time < to;
}

/** Rows of weighted sums, whose value is carried into later periods, by customer. */
function groupHeld(basis: StepBasis, rows: readonly UsageRow[]): Map<string, UsageRow[]> {
  const catalog = basis.catalogAt(basis.begun.catalog_offset);
  const held = rows.filter(
    ({ tenant, meter, cut }) => cut <= basis.begun.cut && isHeld(catalog, tenant, meter),
  );
  return Map.groupBy(held, ({ tenant, customer }) => customerKey(tenant, customer));
}

function ratePeriod(
  basis: StepBasis,
  rating: Rating,
  usage: Parameters<typeof meteredUsage>[2],
  out: RatedStep,
): void {
  const catalog = basis.catalogAt(rating.catalog_offset);
  const isFirst = rating.rated === null && !rating.isInterim;
  if (isFirst) out.transactions.push(...settledAtEnd(basis, rating));
  for (const price of rating.prices) {
    if (price.meter === null) {
      const owed = () => feeOf(basis, rating, price);
      const fee = isFirst ? orPark(rating, price, owed, out.parked) : undefined;
      if (fee !== undefined) out.transactions.push(fee);
      continue;
    }
    const whole = meteredUsage(rating, price.meter, usage, catalog);
    const used = rating.isInterim ? usedUntil(whole, basis.begun.time) : whole;
    const charge = orPark(rating, price, () => rateCharge(price, used, rating), out.parked);
    if (charge === undefined) continue;
    for (const { reason } of charge.unpriced) out.parked.push(parkedOf(rating, price, reason));
    const measured = {
      version: used.rows.reduce((latest, row) => Math.max(latest, row.meter_version), 0),
      parts: partQuantities(used.rows, used.meter),
      backfills: backfillsAt(basis.begun.cut, rating, price.meter, usage, catalog),
    };
    const posted =
      rating.rated === null
        ? usageOf(basis, rating, price, charge, measured)
        : adjustmentOf(basis, rating, price, charge, measured);
    if (posted !== undefined) out.transactions.push(posted);
  }
}

function orPark<Rated>(
  rating: Rating,
  price: SoldPrice,
  rate: () => Rated,
  parked: Parked[],
): Rated | undefined {
  try {
    return rate();
  } catch (error) {
    parked.push(parkedOf(rating, price, (error as Error).message));
    return undefined;
  }
}

function parkedOf(
  { tenant, customer, subscription, period }: Rating,
  price: SoldPrice,
  reason: string,
): Parked {
  return {
    tenant,
    customer,
    subscription,
    period_from: period.from,
    price: price.price,
    meter: price.meter,
    reason,
  };
}

const rankByKind: Readonly<Record<Exclude<TransactionKind, MovementKind>, number>> = {
  fee: 0,
  usage: 1,
  adjustment: 2,
  discount: 3,
  rounding: 4,
  tax: 5,
};

export function byKindAndCause(a: Transaction, b: Transaction): number {
  return rankOf(a.transaction_kind) - rankOf(b.transaction_kind) || compareTexts(a.cause, b.cause);
}

function rankOf(kind: TransactionKind): number {
  return isMovementKind(kind) ? 6 + movementKinds.indexOf(kind) : rankByKind[kind];
}
