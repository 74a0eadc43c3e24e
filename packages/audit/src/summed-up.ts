import { currencyNamed } from "./sentence.ts";
import type {
  CustomerBills,
  Distribution,
  Simulated,
  SimulatedCurrency,
  SimulatedCustomer,
  SimulatedShare,
} from "./simulated.ts";

/** What the shares of all threads come to together. */
export function summedUp(
  shares: readonly SimulatedShare[],
): Pick<Simulated, "currencies" | "parked" | "customers"> {
  const bills = shares.flatMap((share) => share.bills);
  const parked = (side: "now" | "other") =>
    shares.reduce((sum, share) => sum + share.parked[side], 0);
  const customers = bills.map((own) => ({ own, ...sides(own) }));
  return {
    currencies: [...Map.groupBy(bills, ({ currency }) => currency)].map(currencyOf),
    parked: { now: parked("now"), other: parked("other") },
    customers: customers
      .toSorted(
        (a, b) =>
          Number(b.difference > a.difference) - Number(b.difference < a.difference) ||
          (a.own.customer < b.own.customer ? -1 : 1),
      )
      .map(({ own, now, other, difference }): SimulatedCustomer => ({
        customer: own.customer,
        currency: own.currency,
        bills: own.now.length,
        now: String(now),
        other: String(other),
        difference: String(difference),
        percent: percentText(difference, now),
      })),
  };
}

/**
 * Values at four places of a list: the nearest rank, from 1, of n values at p percent is ⌈p × n ÷ 100⌉. Zeros of nothing.
 */
export function distributionOf(values: readonly bigint[]): Distribution {
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const at = (percent: number) =>
    String(sorted[Math.max(0, Math.ceil((percent * sorted.length) / 100) - 1)] ?? 0n);
  return { p50: at(50), p90: at(90), p99: at(99), worst: at(100) };
}

function currencyOf([currency, own]: [string, readonly CustomerBills[]]): SimulatedCurrency {
  const now = own.flatMap((each) => each.now);
  const other = own.flatMap((each) => each.other);
  const differences = own.map((each) => sides(each).difference);
  const count = (is: (difference: bigint) => boolean) => differences.filter(is).length;
  return {
    currency,
    digits: currencyNamed(currency).digits,
    bills: now.length,
    now: String(total(now)),
    other: String(total(other)),
    difference: String(total(other) - total(now)),
    more: count((difference) => difference > 0n),
    less: count((difference) => difference < 0n),
    same: count((difference) => difference === 0n),
    bills_now: distributionOf(now),
    bills_other: distributionOf(other),
    rises: distributionOf(other.map((amount, at) => amount - (now[at] ?? 0n))),
  };
}

function sides({ now: before, other: after }: CustomerBills) {
  const [now, other] = [total(before), total(after)];
  return { now, other, difference: other - now };
}

function total(amounts: readonly bigint[]): bigint {
  return amounts.reduce((sum, amount) => sum + amount, 0n);
}

/** With two decimals, half away from zero. */
function percentText(difference: bigint, now: bigint): string | null {
  if (now === 0n) return null;
  const isBelow = difference < 0n !== now < 0n && difference !== 0n;
  const [part, whole] = [size(difference) * 10_000n, size(now)];
  const hundredths = (2n * part + whole) / (2n * whole);
  const text = String(hundredths).padStart(3, "0");
  return `${isBelow ? "-" : ""}${text.slice(0, -2)}.${text.slice(-2)}`;
}

function size(of: bigint): bigint {
  return of < 0n ? -of : of;
}
