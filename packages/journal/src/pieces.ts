import type { Rating } from "./plan.ts";
import type { Period } from "@tallybook/periods";

/** Ratings whose usage is read at once, and is in memory together. */
export interface Piece {
  readonly tenant: string;
  readonly customers: readonly string[];
  /** From the first of their periods' beginnings to the last of their ends. */
  readonly span: Period;
  readonly ratings: readonly Rating[];
}

/**
 * Ratings of one tenant, of a bounded number of customers, and of periods that lie so much together that little is read
 * in vain: of about one length (the longest is less than twice the shortest), and all within twice the longest. Where each
 * subscription has bounds of its own, reading each for itself would be a query per subscription.
 */
export function piecesOf(
  plan: readonly Rating[],
  customersMax: (tenant: string) => number,
): Piece[] {
  const byClass = Map.groupBy(plan, ({ tenant, period }) => `${sizeOf(period)} ${tenant}`);
  return [...byClass.values()].flatMap((ratings) =>
    cutUp(ratings, customersMax(ratings[0]?.tenant ?? "")),
  );
}

/** The power of two that a period's length has reached. */
function sizeOf({ from, to }: Period): number {
  return Math.floor(Math.log2(to - from));
}

function cutUp(ratings: readonly Rating[], customersMax: number): Piece[] {
  const pieces: Piece[] = [];
  let customers = new Set<string>();
  let own: Rating[] = [];
  let span: Period = { from: 0, to: 0 };
  const end = () => {
    const [first] = own;
    if (first !== undefined)
      pieces.push({ tenant: first.tenant, customers: [...customers], span, ratings: own });
    customers = new Set();
    own = [];
  };
  for (const rating of ratings.toSorted((a, b) => a.period.from - b.period.from)) {
    const { customer, period } = rating;
    const isMore = !customers.has(customer) && customers.size >= customersMax;
    const isLonger = period.to - span.from > 2 ** (sizeOf(period) + 2);
    if (own.length > 0 && (isMore || isLonger)) end();
    const to = own.length === 0 ? period.to : Math.max(span.to, period.to);
    span = { from: own.length === 0 ? period.from : span.from, to };
    customers.add(customer);
    own.push(rating);
  }
  end();
  return pieces;
}
