/** Seeded random numbers: the same seed gives the same numbers everywhere. */
export type Random = {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [0, below). */
  below(below: number): number;
  /** A whole number in [1, max] from this distribution. */
  lognormal(shape: Lognormal): number;
};

/** A median, the spread around it (sigma of the logarithm), and a bound. */
export type Lognormal = readonly [median: number, spread: number, max: number];

export function random(seed: number): Random {
  let state = seed >>> 0;
  // mulberry32
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    below: (below) => Math.floor(next() * below),
    lognormal: ([median, spread, max]) =>
      Math.min(max, Math.max(1, Math.round(median * Math.exp(spread * normal())))),
  };
}
