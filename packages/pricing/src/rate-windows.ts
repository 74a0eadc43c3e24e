import { add, type Decimal, toText, type Ratio } from "@tallybook/money";
import type { QuantityCharge, TimeWindow, TimeWindows } from "./charge.ts";
import {
  type Commitment,
  type CommitmentRating,
  rateCommitment,
  sumCommitments,
} from "./commitment.ts";
import { rateQuantity } from "./rate-quantity.ts";
import { NotRatable, type QuantityRating, sumOfRatios, zero } from "./share.ts";
import { type WeekTime, windowAt } from "./week-time.ts";

/** Usage and when it was, in the local time of the price's zone. */
export interface TimedQuantity extends WeekTime {
  readonly quantity: Decimal;
}

export interface RatedWindow {
  /** Null: outside of all windows. */
  readonly window: string | null;
  readonly quantity: Decimal;
  readonly rating: QuantityRating;
}

export interface WindowsRating {
  readonly amount: Ratio;
  /** In the order of the price; those without usage are left out. */
  readonly windows: readonly RatedWindow[];
}

/** The usage of each window by its own charge. Throws NotRatable for usage outside of all where the price has nothing for it. */
export function rateTimeWindows(
  charge: TimeWindows,
  usage: readonly TimedQuantity[],
): WindowsRating {
  const quantities = new Map<TimeWindow | null, Decimal>();
  for (const timed of usage) {
    const window = windowAt(charge, timed);
    quantities.set(window, add(quantities.get(window) ?? zero, timed.quantity));
  }
  const windows = [...charge.windows, null].flatMap((window): RatedWindow[] => {
    const quantity = quantities.get(window);
    if (quantity === undefined) return [];
    const inner = window === null ? charge.otherwise : window.charge;
    if (inner === null)
      throw new NotRatable(`${toText(quantity)} units lie outside of all time windows`);
    return [{ window: window?.name ?? null, quantity, rating: rateQuantity(inner, quantity) }];
  });
  return { amount: sumOfRatios(windows.map(({ rating }) => rating.amount)), windows };
}

/** A price and what is committed to at it. */
export interface CommittedCharge {
  readonly charge: QuantityCharge;
  readonly commitment: Commitment | null;
}

/** Hours of the day with a price and a commitment of their own; one that ends before it begins goes over midnight. */
export interface CommittedHours extends CommittedCharge {
  /** 0 to 23, inclusive. */
  readonly fromHour: number;
  /** 0 to 24, exclusive. */
  readonly toHour: number;
}

/** What was used in one window of time. */
export interface WindowUse {
  /** Null: the window belongs to no hour. */
  readonly startHour: number | null;
  readonly quantity: Decimal;
}

/** Each window on its own, against the commitment of its hours or else of the line. */
export function rateCommittedWindows(
  line: CommittedCharge,
  hours: readonly CommittedHours[],
  windows: readonly WindowUse[],
): CommitmentRating {
  return sumCommitments(
    windows.map(({ startHour, quantity }) => {
      const own = hours.find((each) => startHour !== null && holdsHour(each, startHour)) ?? line;
      const priceOf = (units: Decimal): Ratio => rateQuantity(own.charge, units).amount;
      return rateCommitment(own.commitment, priceOf(quantity), priceOf);
    }),
  );
}

function holdsHour({ fromHour, toHour }: CommittedHours, hour: number): boolean {
  if (fromHour < toHour) return hour >= fromHour && hour < toHour;
  return hour >= fromHour || hour < toHour;
}
