import { compare, decimal, type Decimal, isZero, max, min, sub } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";
import type { Held } from "./credits.ts";
import { type Fold, move } from "./fold.ts";
import { paysFor, type Target } from "./grant.ts";

/** What happens when a usage period ends with usage that no grant covered. */
export type OveragePolicy = "kept" | "dropped";

/** All that time brings up to `at`, itself included. */
export function passThrough(fold: Fold, at: Micros): void {
  passBefore(fold, at);
  if (fold.credits.changesNext <= at) changeAt(fold, at);
  if (fold.credits.at < at) move(fold, { kind: "passed", at });
}

/** All that time brings before `at`. */
export function passBefore(fold: Fold, at: Micros): void {
  // A grant that is added late has a start in the past: it starts now.
  while (fold.credits.changesNext < at)
    changeAt(fold, Math.max(fold.credits.changesNext, fold.credits.at));
}

function changeAt(fold: Fold, at: Micros): void {
  endAt(fold, at);
  beginAt(fold, at);
  settle(fold, at);
}

/** Grants that end by then; what is left of them expires. */
export function endAt(fold: Fold, at: Micros): void {
  for (const { terms, phase, endsAt, balance } of fold.credits.held) {
    const isOver = endsAt !== null && endsAt <= at;
    if (isOver && (phase === "active" || phase === "waiting"))
      move(fold, { kind: "expired", at, grant: terms.grant, amount: balance });
  }
}

/** Grants that come again by then, and those that start. */
export function beginAt(fold: Fold, at: Micros): void {
  for (const { terms, phase } of fold.credits.held) {
    const { grant, amount, effectiveAt } = terms;
    if (phase === "waiting" && effectiveAt <= at)
      move(fold, { kind: "granted", at, grant, amount });
    while (recur(fold, grant, at));
  }
}

/** What is left beyond the most that is carried lapses, then the amount is given again. False where none is due. */
function recur(fold: Fold, grant: string, until: Micros): boolean {
  const held = fold.credits.held.find(({ terms }) => terms.grant === grant);
  if (held?.phase !== "active" || held.recursNext === null || held.recursNext > until) return false;
  const { terms, balance, recursNext: at } = held;
  const lost = max(sub(balance, terms.carryMax), zero);
  if (!isZero(lost)) move(fold, { kind: "lapsed", at, grant, amount: lost });
  move(fold, { kind: "granted", at, grant, amount: terms.amount });
  return true;
}

/** Overage is covered as far as grants reach, that which has waited longest first. */
export function settle(fold: Fold, at: Micros): void {
  for (const { meter, product, quantity } of fold.credits.overage) {
    burnDownTo(fold, { meter, product }, quantity, at, true);
  }
}

/** Usage burns, and what no grant covers becomes overage. */
export function use(fold: Fold, target: Target, quantity: Decimal, at: Micros): void {
  const rest = burnDownTo(fold, target, quantity, at, false);
  if (isZero(rest)) return;
  const { meter, product } = target;
  move(fold, { kind: "overran", at, amount: rest, meter, product });
}

/** The quantity that is left when every grant that pays for the target has been burnt as far as needed. */
function burnDownTo(
  fold: Fold,
  { meter, product }: Target,
  quantity: Decimal,
  at: Micros,
  settles: boolean,
): Decimal {
  let rest = quantity;
  for (const { terms, phase, balance } of fold.credits.held) {
    if (isZero(rest)) break;
    if (phase !== "active" || isZero(balance) || !paysFor(terms, { meter, product })) continue;
    const amount = min(rest, balance);
    move(fold, { kind: "burnt", at, grant: terms.grant, amount, meter, product, settles });
    rest = sub(rest, amount);
  }
  return rest;
}

/** The end of a usage period: balances roll over within their bounds, and overage is left behind or kept. */
export function reset(fold: Fold, at: Micros, overage: OveragePolicy): void {
  for (const held of fold.credits.held) if (held.phase === "active") rollOver(fold, held, at);
  if (overage === "dropped") {
    for (const { quantity, meter, product } of fold.credits.overage) {
      move(fold, { kind: "dropped", at, amount: quantity, meter, product });
    }
  }
  move(fold, { kind: "reset", at });
}

function rollOver(fold: Fold, { terms, balance }: Held, at: Micros): void {
  const { grant, rollover } = terms;
  const floored = max(rollover.min, balance);
  const target = rollover.max === null ? floored : min(rollover.max, floored);
  const sign = compare(target, balance);
  if (sign < 0) move(fold, { kind: "lapsed", at, grant, amount: sub(balance, target) });
  if (sign > 0) move(fold, { kind: "raised", at, grant, amount: sub(target, balance) });
}

const zero = decimal("0");
