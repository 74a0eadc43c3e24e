import type { Aggregation } from "@tallybook/usage";

/** An event as a meter of any aggregation could see it. */
export interface Seen {
  readonly partition: number;
  readonly offset: number;
  readonly customer: string;
  readonly region: string;
  readonly time: number;
  readonly n: string;
  readonly user: string;
}

/** What needs no more than the events and a name. */
export type Plain = Exclude<Aggregation, "weighted_sum" | "percentile" | "composite">;

/** 10^-12. */
const unit = 1_000_000_000_000n;

/** A plain number in whole units of 10^-12. */
export function unitsOf(text: string): bigint {
  const [whole = "", fraction = ""] = text.replace("-", "").split(".");
  const size = BigInt(whole + fraction.padEnd(12, "0"));
  return text.startsWith("-") ? -size : size;
}

/** What the events come to, in units of 10^-12, by the plainest reading there is: no code of ours, whole numbers only. */
export function aggregated(aggregation: Plain, events: readonly Seen[]): bigint {
  const numbers = events.map(({ n }) => unitsOf(n));
  if (events.length === 0) return 0n;
  switch (aggregation) {
    case "count":
      return BigInt(events.length) * unit;
    case "sum":
      return numbers.reduce((sum, n) => sum + n, 0n);
    case "max":
      return numbers.reduce((most, n) => (n > most ? n : most));
    case "min":
      return numbers.reduce((least, n) => (n < least ? n : least));
    case "unique":
      return BigInt(new Set(events.map(({ user }) => user)).size) * unit;
    case "latest": {
      const last = events
        .toSorted((a, b) => a.time - b.time || a.partition - b.partition || a.offset - b.offset)
        .at(-1);
      return unitsOf(last?.n ?? "0");
    }
    case "average": {
      const sum = numbers.reduce((total, n) => total + n, 0n);
      const size = sum < 0n ? -sum : sum;
      const count = BigInt(events.length);
      // Half up, away from zero.
      const rounded = (2n * size + count) / (2n * count);
      return sum < 0n ? -rounded : rounded;
    }
  }
}
