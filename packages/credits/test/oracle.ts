import type { Grant } from "@tallybook/credits";
import { cut, decimal, type Decimal, mulRatios, ratioOf, toText } from "@tallybook/money";
import { HOUR, start } from "./examples.ts";
import { hours, type Month } from "./months.ts";

/** What became of a grant, in whole hundredths. */
interface Account {
  readonly terms: Grant;
  phase: "waiting" | "active" | "expired" | "voided";
  balance: bigint;
  given: bigint;
  burnt: bigint;
  expired: bigint;
  voided: bigint;
  lapsed: bigint;
}

/**
 * A second opinion, written apart from the engine: it walks hour by hour, in whole hundredths, and asks at each hour what ends,
 * resets, comes again and starts. It knows nothing of segments, and finds the grant that burns next by looking at all of them.
 */
export function naiveMonth(given: Month): { accounts: Account[]; overage: Map<string, bigint> } {
  const accounts = given.grants.map((terms): Account => {
    const none = { balance: 0n, given: 0n, burnt: 0n, expired: 0n, voided: 0n, lapsed: 0n };
    return { terms, phase: "waiting", ...none };
  });
  // When the month begins, grants are there already: some have ended, some have started.
  for (const account of accounts) {
    expire(account, start);
    begin(account, start);
  }
  const overage = new Map<string, bigint>();
  const voids = new Map(given.voids);

  const burn = (meter: string, quantity: bigint): bigint => {
    let rest = quantity;
    while (rest > 0n) {
      const next = accounts.filter((each) => canBurn(each, meter)).toSorted(inTurn)[0];
      if (next === undefined) break;
      const part = next.balance < rest ? next.balance : rest;
      next.balance -= part;
      next.burnt += part;
      rest -= part;
    }
    return rest;
  };
  const settle = (): void => {
    for (const [meter, quantity] of overage) {
      const rest = burn(meter, quantity);
      if (rest === 0n) overage.delete(meter);
      else overage.set(meter, rest);
    }
  };

  for (let hour = 0; hour <= hours; hour += 1) {
    const now = start + hour * HOUR;
    const isEnd = hour === hours;
    const isReset = given.resets.includes(hour);
    if (isEnd && !isReset) break;
    for (const [index, at] of voids) {
      const account = accounts[index];
      const isOver = account?.phase === "expired" || account?.phase === "voided";
      if (account === undefined || isOver || at !== hour) continue;
      account.voided += account.balance;
      account.balance = 0n;
      account.phase = "voided";
    }
    for (const account of accounts) expire(account, now);
    if (isReset) {
      for (const account of accounts) if (account.phase === "active") rollOver(account);
      if (given.overage === "dropped") overage.clear();
    }
    for (const account of accounts) begin(account, now);
    settle();
    const later = given.uses
      .filter(({ at }) => at >= now && at < now + HOUR && !isEnd)
      .toSorted((a, b) => a.at - b.at || (a.meter < b.meter ? -1 : 1));
    for (const { meter, quantity } of later) {
      const rest = burn(meter, hundredths(quantity));
      if (rest > 0n) overage.set(meter, (overage.get(meter) ?? 0n) + rest);
    }
  }
  return { accounts: accounts.toSorted(inTurn), overage };
}

function begin(account: Account, now: number): void {
  const { effectiveAt, recurs, amount, carryMax } = account.terms;
  if (account.phase === "waiting" && effectiveAt <= now) {
    account.phase = "active";
    account.balance = hundredths(amount);
    account.given += account.balance;
    return;
  }
  const isDue = recurs !== null && recurs(now - 1) === now && now > start;
  if (account.phase !== "active" || !isDue) return;
  const kept = account.balance < hundredths(carryMax) ? account.balance : hundredths(carryMax);
  account.lapsed += account.balance - kept;
  account.balance = kept + hundredths(amount);
  account.given += hundredths(amount);
}

function expire(account: Account, now: number): void {
  const { expiresAt } = account.terms;
  const isOver = expiresAt !== null && expiresAt <= now;
  if (!isOver || account.phase === "expired" || account.phase === "voided") return;
  account.expired += account.balance;
  account.balance = 0n;
  account.phase = "expired";
}

function rollOver(account: Account): void {
  const { min, max } = account.terms.rollover;
  let target = account.balance > hundredths(min) ? account.balance : hundredths(min);
  if (max !== null && hundredths(max) < target) target = hundredths(max);
  if (target < account.balance) account.lapsed += account.balance - target;
  else account.given += target - account.balance;
  account.balance = target;
}

function canBurn({ terms, phase, balance }: Account, meter: string): boolean {
  return phase === "active" && balance > 0n && (terms.only?.meters.includes(meter) ?? true);
}

function inTurn({ terms: a }: Account, { terms: b }: Account): number {
  if (a.priority !== b.priority) return a.priority - b.priority;
  const [endA, endB] = [a.expiresAt ?? Number.MAX_VALUE, b.expiresAt ?? Number.MAX_VALUE];
  if (endA !== endB) return endA < endB ? -1 : 1;
  if (a.createdAt !== b.createdAt) return a.createdAt - b.createdAt;
  return a.grant < b.grant ? -1 : 1;
}

export function hundredths(amount: Decimal): bigint {
  return BigInt(toText(cut(mulRatios(ratioOf(amount), ratioOf(decimal("100"))), 0)));
}
