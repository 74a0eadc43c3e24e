import { type Decimal, isZero, sub } from "@tallybook/money";
import type { QuantityCharge } from "./charge.ts";
import { rateQuantity } from "./rate-quantity.ts";
import { type QuantityRating, type Share, zero } from "./share.ts";

/** What a piece of a period adds in one tier. */
export interface TierPiece {
  readonly tier: number;
  readonly quantity: Decimal;
}

export interface PieceRating {
  /** Of everything up to the piece's end. */
  readonly cumulative: QuantityRating;
  /** The tiers that the piece reaches into, and how far. */
  readonly touched: readonly TierPiece[];
}

/** A piece of a period, from what was used before it (exclusive) to what is used with it (inclusive). */
export function rateBetween(charge: QuantityCharge, from: Decimal, until: Decimal): PieceRating {
  const before = byTier(rateQuantity(charge, from).shares);
  const cumulative = rateQuantity(charge, until);
  const touched = cumulative.shares
    .map(({ tier, quantity }) => ({ tier, quantity: sub(quantity, before.get(tier) ?? zero) }))
    .filter(({ quantity }) => !isZero(quantity));
  return { cumulative, touched };
}

function byTier(shares: readonly Share[]): Map<number, Decimal> {
  return new Map(shares.map(({ tier, quantity }) => [tier, quantity]));
}
