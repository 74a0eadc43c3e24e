import {
  add,
  cut,
  decimal,
  type Decimal,
  mulRatios,
  POSTED_DECIMALS,
  ratioOf,
  sub,
  sum,
} from "@tallybook/money";
import { type Credits, type Held, heldOf } from "./credits.ts";
import { evolve } from "./evolve.ts";
import type { Grant } from "./grant.ts";
import type { Movement } from "./movement.ts";

/**
 * What a stretch of a grant's units cost, from so many units to so many, in the currency of its cost: of what burns, the
 * revenue that is recognised. The exact cost of all units up to each end is cut at 24 decimals, and the part is the
 * difference, so parts add up to the whole however they are cut. Zero where the grant is promotional.
 */
export function costBetween({ cost }: Grant, from: Decimal, to: Decimal): Decimal {
  if (cost === null) return zero;
  const upTo = (units: Decimal) => cut(mulRatios(ratioOf(units), cost.perUnit), POSTED_DECIMALS);
  return sub(upTo(to), upTo(from));
}

/** All units that have left a grant, whatever the way. */
export function goneOf({ burnt, expired, voided, lapsed }: Held): Decimal {
  return sum([burnt, expired, voided, lapsed]);
}

/** A movement of a grant's units, and its cost at what the grant's units cost. */
export interface Priced {
  readonly movement: Movement;
  /** At most 24 decimals; of units that come back to the grant, below zero. */
  readonly cost: Decimal;
}

/** The movements that follow these credits, each with its cost: what is posted for them. */
export function pricedMovements(credits: Credits, movements: readonly Movement[]): Priced[] {
  let now = credits;
  return movements.map((movement) => {
    const before = now;
    now = evolve(before, movement);
    return { movement, cost: costOfMovement(movement, before, now) };
  });
}

function costOfMovement(movement: Movement, before: Credits, after: Credits): Decimal {
  if (!("grant" in movement)) return zero;
  const [was, is] = [heldOf(before, movement.grant), heldOf(after, movement.grant)];
  if (was === undefined || is === undefined) return zero;
  // One of the two stands still.
  const gained = costBetween(is.terms, was.given, is.given);
  return add(gained, costBetween(is.terms, goneOf(was), goneOf(is)));
}

const zero = decimal("0");
