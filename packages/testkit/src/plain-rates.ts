/** Units of 10^-24 dollars. */
export const dollar = 10n ** 24n;
export const cent = dollar / 100n;
const million = 1_000_000n;

/** Dollars of 10^-24 for so many units; what a million costs is given in cents. */
export type PlainRate = (units: bigint) => bigint;

function perMillion(cents: bigint): bigint {
  return (cents * cent) / million;
}

/** The first million at one rate, the rest at another: in whole numbers, without the product. */
export function graduated(first: bigint, rest: bigint): PlainRate {
  return (units) => {
    const within = units < million ? units : million;
    return within * perMillion(first) + (units - within) * perMillion(rest);
  };
}

/** Everything at one rate up to ten million, and at another above. */
export function volume(upTo: bigint, above: bigint): PlainRate {
  return (units) => units * perMillion(units <= 10n * million ? upTo : above);
}
