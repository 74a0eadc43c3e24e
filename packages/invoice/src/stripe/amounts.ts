import type { DecimalText } from "@tallybook/money";

/**
 * How Stripe counts a currency, by docs.stripe.com/currencies: most in its minor unit of ISO 4217; ISK and UGX, which have none, in hundredths
 * all the same; MGA in whole ariary; and currencies of three decimals in thousandths of which the last digit is 0.
 */
interface Counting {
  /** Stripe's amount is ours × times ÷ step × keep. */
  readonly times: bigint;
  /** Of our minor units: what Stripe has no amount between. */
  readonly step: bigint;
  /** Whether Stripe writes steps out in our minor units, as for three decimals. */
  readonly keep: bigint;
}

const plainly: Counting = { times: 1n, step: 1n, keep: 1n };
const inHundredths: Counting = { times: 100n, step: 1n, keep: 1n };
const inTens: Counting = { times: 1n, step: 10n, keep: 10n };

const countingBy: Readonly<Record<string, Counting>> = {
  ISK: inHundredths,
  UGX: inHundredths,
  MGA: { times: 1n, step: 100n, keep: 1n },
  BHD: inTens,
  JOD: inTens,
  KWD: inTens,
  OMR: inTens,
  TND: inTens,
};

/**
 * Amounts in our minor units as Stripe's, in their order, which add up to what all of them come to: each is floored to what Stripe can count, and
 * what is then missing goes to the largest fractions, ties to the earlier one. Undefined where Stripe has no amount for their sum.
 */
export function stripeAmounts(
  currency: string,
  amounts: readonly DecimalText[],
): readonly DecimalText[] | undefined {
  const { times, step, keep } = countingBy[currency] ?? plainly;
  const parts = amounts.map((amount, index) => {
    const minor = BigInt(amount);
    const fraction = ((minor % step) + step) % step;
    return { index, floor: (minor - fraction) / step, fraction };
  });
  const left = parts.reduce((all, { fraction }) => all + fraction, 0n);
  if (left % step !== 0n) return undefined;
  const byFraction = parts.toSorted((one, other) =>
    one.fraction === other.fraction
      ? one.index - other.index
      : one.fraction < other.fraction
        ? 1
        : -1,
  );
  const raised = new Set<number>();
  for (const { index } of byFraction) if (BigInt(raised.size) < left / step) raised.add(index);
  return parts.map(({ index, floor }) =>
    String((raised.has(index) ? floor + 1n : floor) * keep * times),
  );
}

/** An amount as Stripe says it in our minor units; undefined for what we have no amount for, such as hundredths of ISK. */
export function ofStripe(currency: string, amount: DecimalText): DecimalText | undefined {
  const { times, step, keep } = countingBy[currency] ?? plainly;
  const counted = BigInt(amount);
  return counted % times === 0n ? String(((counted / times) * step) / keep) : undefined;
}
