import { addRatios, decimal, type Ratio, ratioOf } from "@tallybook/money";
import { type Calendar, periodAt } from "./calendar.ts";
import type { Period } from "./period.ts";
import { type Proration, prorate } from "./proration.ts";
import type { Micros } from "./time.ts";

/** How long something is had; null where nobody knows yet. */
export interface Service {
  readonly from: Micros;
  readonly to: Micros | null;
}

/** What a service has of one billing period. */
export interface Part {
  readonly part: Period;
  /** The whole billing period. */
  readonly of: Period;
}

/**
 * The parts of a service that have begun at that time, in order: what is due of a fee in advance. The first is shorter than its
 * period where the service begins inside one, the last where it ends inside one. Throws a RangeError where the service ends
 * before it begins.
 */
export function partsBegun(calendar: Calendar, service: Service, at: Micros): Part[] {
  if (service.to !== null && service.to < service.from) {
    throw new RangeError("a service cannot end before it begins");
  }
  const parts: Part[] = [];
  let from = service.from;
  while (from <= at && (service.to === null || from < service.to)) {
    const of = periodAt(calendar, from);
    const to = service.to === null ? of.to : Math.min(service.to, of.to);
    parts.push({ part: { from, to }, of });
    from = to;
  }
  return parts;
}

/** How many billing periods the parts are together, exactly. */
export function periodsOf(
  parts: readonly Part[],
  convention: Proration,
  calendar: Calendar,
): Ratio {
  return parts
    .map(({ part, of }) => prorate(convention, part, of, calendar))
    .reduce(addRatios, ratioOf(decimal("0")));
}
