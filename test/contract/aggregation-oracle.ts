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

/** Values times the microseconds from their events on, in units of 10^-12 and seconds: each adds to what was there. */
export function heldOfChanges(events: readonly Seen[], to: number): bigint {
  return seconds(events.reduce((sum, { n, time }) => sum + unitsOf(n) * BigInt(to - time), 0n));
}

/** The same where each replaces what was there, in its region. */
export function heldOfLevels(events: readonly Seen[], to: number): bigint {
  let sum = 0n;
  for (const own of Map.groupBy(events, ({ region }) => region).values()) {
    const inOrder = own.toSorted(byPlace);
    for (const [at, { n, time }] of inOrder.entries())
      sum += unitsOf(n) * BigInt((inOrder[at + 1]?.time ?? to) - time);
  }
  return seconds(sum);
}

/** The value of that rank, from 1, among samples of five minutes. */
export function ranked(
  rank: number,
  combining: "sum" | "max" | "latest",
  events: readonly Seen[],
  { from, to }: { readonly from: number; readonly to: number },
): bigint {
  const sample = 300_000_000;
  const samples = Array.from({ length: (to - from) / sample }, (_, at) => {
    const begin = from + at * sample;
    const own = events
      .filter(({ time }) => time >= begin && time < begin + sample)
      .toSorted(byPlace);
    const numbers = own.map(({ n }) => unitsOf(n));
    if (numbers.length === 0) return 0n;
    if (combining === "sum") return numbers.reduce((sum, n) => sum + n);
    if (combining === "max") return numbers.reduce((most, n) => (n > most ? n : most));
    return numbers.at(-1) ?? 0n;
  });
  return samples.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))[rank - 1] ?? 0n;
}

/** Of millionths, half up and away from zero. */
function seconds(of: bigint): bigint {
  const size = of < 0n ? -of : of;
  const rounded = (size + 500_000n) / 1_000_000n;
  return of < 0n ? -rounded : rounded;
}

function byPlace(a: Seen, b: Seen): number {
  return a.time - b.time || a.partition - b.partition || a.offset - b.offset;
}

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
      const last = events.toSorted(byPlace).at(-1);
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
