import {
  add,
  addRatios,
  compare,
  decimal,
  type Decimal,
  isZero,
  max,
  min,
  mulRatios,
  ratio,
  type Ratio,
  ratioOf,
  sub,
} from "@tallybook/money";
import type { Graduated, Tier } from "./charge.ts";
import { nothing, zero } from "./share.ts";

/** An event that holds for a part of the period. */
export interface ProratedEvent {
  /** Below zero where units are given back. */
  readonly units: Decimal;
  /** The same units, weighted by the part of the period that is left. */
  readonly weighted: Decimal;
}

/**
 * Graduated over units that come and go: the running full units say which tier an event falls in, the weighted ones what it
 * costs there; an event across several tiers splits in proportion. Usage below zero costs nothing; each tier that was ever
 * entered owes its flat amount once, and a period that ends below zero units owes nothing.
 */
export function rateProrated(charge: Graduated, events: readonly ProratedEvent[]): Ratio {
  let running = zero;
  let peak = zero;
  let usage = nothing;
  for (const { units, weighted } of events) {
    if (isFromBefore(running, { units, weighted })) continue;
    const next = add(running, units);
    usage = addRatios(usage, moved(charge, running, next, weighted));
    running = next;
    peak = max(peak, running);
  }
  if (compare(running, zero) < 0) return nothing;
  const flats = flatsUpTo(charge, peak);
  return compare(usage.num, zero) < 0 ? flats : addRatios(usage, flats);
}

/** Units that were added and taken back before the period have no weight in it and take no place in a tier. */
function isFromBefore(running: Decimal, { units, weighted }: ProratedEvent): boolean {
  if (!isZero(weighted)) return false;
  return compare(units, zero) > 0 || compare(add(running, units), zero) < 0;
}

/** What the weighted units between two running quantities cost, either way. */
function moved({ tiers, per }: Graduated, from: Decimal, to: Decimal, weighted: Decimal): Ratio {
  const size = sub(to, from);
  if (isZero(size)) return nothing;
  const low = min(from, to);
  const high = max(from, to);
  let cost = nothing;
  for (const { tier, start, end } of spansOf(tiers)) {
    const top = end === null ? high : min(high, end);
    const inside = sub(top, max(low, start));
    if (compare(inside, zero) <= 0) continue;
    // Of an event that takes units back, size is below zero: its parts are as well.
    const part = ratio(inside, sub(high, low));
    const units = mulRatios(ratioOf(weighted), part);
    cost = addRatios(cost, mulRatios(units, ratio(tier.unitAmount ?? zero, per)));
  }
  return cost;
}

/** The first tier also holds what lies below zero. */
function spansOf(tiers: readonly Tier[]) {
  return tiers.map((tier, index) => ({
    tier,
    start: index === 0 ? lowest : (tiers[index - 1]?.upTo ?? zero),
    end: tier.upTo,
  }));
}

function flatsUpTo({ tiers, zeroUsage }: Graduated, peak: Decimal): Ratio {
  let flats = nothing;
  let from = zero;
  for (const [index, { upTo, flatAmount }] of tiers.entries()) {
    const isEntered = compare(peak, from) > 0 || (index === 0 && zeroUsage === "first_flat");
    if (!isEntered) break;
    flats = addRatios(flats, ratioOf(flatAmount ?? zero));
    from = upTo ?? peak;
  }
  return flats;
}

/** Below any quantity. */
const lowest = decimal(`-1${"0".repeat(40)}`);
