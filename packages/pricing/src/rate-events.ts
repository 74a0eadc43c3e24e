import {
  add,
  addRatios,
  compare,
  type Decimal,
  maxRatio,
  min,
  minRatio,
  mul,
  mulRatios,
  ratio,
  type Ratio,
  ratioOf,
  sub,
  sum,
} from "@tallybook/money";
import type { CostPlus, Percentage } from "./charge.ts";
import { hundred, nothing, one, zero } from "./share.ts";

/** What one event costs by a percentage. */
export interface RatedEvent {
  /** The part of its value that the free allowance covers. */
  readonly freeValue: Decimal;
  readonly paidValue: Decimal;
  readonly isPaid: boolean;
  /** The percentage of the paid value. */
  readonly usage: Ratio;
  readonly fixed: Decimal;
  /** Within the bounds per event; zero for a free one. */
  readonly amount: Ratio;
}

export interface EventsRating {
  readonly amount: Ratio;
  /** In the order given. */
  readonly events: readonly RatedEvent[];
}

/** What stands of the free allowance, from one batch of events to the next. */
export interface EventsBefore {
  readonly events: number;
  readonly value: Decimal;
}

export const noEventsYet: EventsBefore = { events: 0, value: zero };

/**
 * Each event by the percentage, in the order of time. With two allowances, free ends where the earlier one ends; an event
 * that crosses the free amount is paid for what lies above, fixed part included. Bounds hold per paid event.
 */
export function ratePercentage(
  charge: Percentage,
  values: readonly Decimal[],
  before: EventsBefore = noEventsYet,
): EventsRating {
  let { events: seen, value: running } = before;
  let amount = nothing;
  const events = values.map((value) => {
    seen += 1;
    const free = freeOf(charge, seen, running, value);
    running = add(running, value);
    const rated = rateEvent(charge, value, free);
    amount = addRatios(amount, rated.amount);
    return rated;
  });
  return { amount, events };
}

/** Everything of the value where the event is free, else the part of it that is. */
function freeOf(
  charge: Percentage,
  seen: number,
  running: Decimal,
  value: Decimal,
): Decimal | null {
  const { freeEvents, freeAmount } = charge;
  if (freeEvents === null && freeAmount === null) return null;
  if (freeEvents !== null && seen > freeEvents) return null;
  if (freeAmount === null || compare(add(running, value), freeAmount) <= 0) return value;
  const left = sub(freeAmount, running);
  return compare(left, zero) > 0 ? min(left, value) : null;
}

function rateEvent(charge: Percentage, value: Decimal, free: Decimal | null): RatedEvent {
  const freeValue = free ?? zero;
  const paidValue = sub(value, freeValue);
  if (free !== null && compare(free, value) === 0) {
    return { freeValue, paidValue, isPaid: false, usage: nothing, fixed: zero, amount: nothing };
  }
  const usage = percentOf(paidValue, charge.ratePercent);
  const fixed = charge.fixedPerEvent;
  const amount = bounded(charge, addRatios(usage, ratioOf(fixed)));
  return { freeValue, paidValue, isPaid: true, usage, fixed, amount };
}

function bounded({ minimumPerEvent, maximumPerEvent }: Percentage, amount: Ratio): Ratio {
  const raised = minimumPerEvent === null ? amount : maxRatio(amount, ratioOf(minimumPerEvent));
  return maximumPerEvent === null ? raised : minRatio(raised, ratioOf(maximumPerEvent));
}

/** What a provider charged for an event at its time. */
export interface ProviderCost {
  readonly quantity: Decimal;
  /** For one unit, as it was when the event happened. */
  readonly unitCost: Decimal;
}

export interface PassedThrough {
  readonly events: number;
  readonly quantity: Decimal;
  /** What the provider charged. */
  readonly cost: Ratio;
  readonly markup: Ratio;
  readonly fixed: Ratio;
  readonly amount: Ratio;
}

/** Each event's cost, the markup on it and a fixed part, kept apart so that an invoice can show what is passed on. */
export function rateCostPlus(charge: CostPlus, events: readonly ProviderCost[]): PassedThrough {
  let cost = nothing;
  let fixed = nothing;
  for (const { quantity, unitCost } of events) {
    cost = addRatios(cost, ratioOf(mul(quantity, unitCost)));
    fixed = addRatios(fixed, ratioOf(charge.fixedPerEvent));
  }
  const markup = mulRatios(cost, ratio(charge.markupPercent, hundred));
  return {
    events: events.length,
    quantity: sum(events.map(({ quantity }) => quantity)),
    cost,
    markup,
    fixed,
    amount: addRatios(addRatios(cost, markup), fixed),
  };
}

/** A percentage of a value, exactly. */
export function percentOf(value: Decimal, percent: Decimal): Ratio {
  return mulRatios(ratioOf(value), ratio(percent, hundred));
}

/** An amount over what it was for; zero where there is nothing to divide by. */
export function averageOver(amount: Ratio, quantity: Decimal): Ratio {
  if (compare(quantity, zero) <= 0) return nothing;
  return mulRatios(amount, ratio(one, quantity));
}
