import { compare, type Decimal, isNegative, isZero, toText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import { type Credits, type Held, heldOf } from "./credits.ts";
import { type Refusal, refusal } from "./fault.ts";
import { type Fold, foldOf, move } from "./fold.ts";
import { giveBack } from "./give-back.ts";
import type { Movement } from "./movement.ts";
import type { Order } from "./order.ts";
import { beginAt, endAt, passBefore, passThrough, reset, settle, use } from "./steps.ts";

/** What an order moves, and the credits after it: the same as folding the movements. */
export interface Decided {
  readonly ok: true;
  readonly movements: readonly Movement[];
  readonly credits: Credits;
}

/** Decides an order, after everything that time brings up to it. A refusal names the grant and says what to do. */
export function decide(credits: Credits, order: Order): Decided | Refusal {
  if (order.at < credits.at) {
    const [asked, reached] = [formatTime(order.at), formatTime(credits.at)];
    const detail = `${order.kind} at ${asked} comes after ${reached} is done: fold again from before it`;
    return refusal("at", "too_late", detail);
  }
  const fold = foldOf(credits);
  const fault = obey(fold, order);
  return fault ?? { ok: true, movements: fold.movements, credits: fold.credits };
}

function obey(fold: Fold, order: Order): Refusal | undefined {
  const { at } = order;
  switch (order.kind) {
    case "pass":
      passThrough(fold, at);
      return undefined;
    case "use": {
      if (isNegative(order.quantity)) {
        const detail = `usage of ${toText(order.quantity)} ${order.meter}: what was used too much is given back`;
        return refusal("quantity", "negative", detail);
      }
      passThrough(fold, at);
      use(fold, order, order.quantity, at);
      return undefined;
    }
    case "add": {
      const fault = additionFault(fold.credits, order);
      if (fault !== undefined) return fault;
      passThrough(fold, at);
      move(fold, { kind: "added", at, terms: order.grant });
      passThrough(fold, at);
      return undefined;
    }
    case "void":
      passBefore(fold, at);
      return voidGrant(fold, order) ?? after(fold, order.at);
    case "reset":
      passBefore(fold, at);
      endAt(fold, at);
      reset(fold, at, order.overage);
      beginAt(fold, at);
      settle(fold, at);
      return after(fold, at);
    case "give_back":
      passThrough(fold, at);
      return giveBack(fold, order);
  }
}

function after(fold: Fold, at: number): undefined {
  passThrough(fold, at);
  return undefined;
}

function additionFault(
  credits: Credits,
  { grant }: Extract<Order, { kind: "add" }>,
): Refusal | undefined {
  if (heldOf(credits, grant.grant) !== undefined) {
    const detail = `grant ${grant.grant} is there already: give the new one an id of its own`;
    return refusal("grant", "repeated", detail);
  }
  if (grant.unit === credits.unit) return undefined;
  const detail = `grant ${grant.grant} is in ${grant.unit}, and these credits are ${credits.unit}: nothing is converted`;
  return refusal("unit", "other_unit", detail);
}

/** A grant that has not started gives nothing any more; one whose part is voided goes on. */
export function voidGrant(
  fold: Fold,
  { at, grant, amount }: { at: number; grant: string; amount: Decimal | null },
): Refusal | undefined {
  const held = heldOf(fold.credits, grant);
  if (held === undefined)
    return refusal("grant", "unknown", `there is no grant ${grant}: look it up by its id`);
  const fault = endedFault(held) ?? (amount === null ? undefined : partFault(held, amount));
  if (fault !== undefined) return fault;
  move(fold, {
    kind: "voided",
    at,
    grant,
    amount: amount ?? held.balance,
    ends: amount === null,
  });
  return undefined;
}

function endedFault({ terms, phase, endsAt }: Held): Refusal | undefined {
  switch (phase) {
    case "waiting":
    case "active":
      return undefined;
    case "voided":
      return refusal("grant", "ended", `grant ${terms.grant} is voided already`);
    case "expired": {
      const when = endsAt === null ? "" : ` at ${formatTime(endsAt)}`;
      const detail = `grant ${terms.grant} expired${when}: there is nothing left to void`;
      return refusal("grant", "ended", detail);
    }
  }
}

function partFault({ terms, balance }: Held, amount: Decimal): Refusal | undefined {
  if (isNegative(amount) || isZero(amount)) {
    const detail = `grant ${terms.grant}: ${toText(amount)} cannot be voided; give an amount above zero`;
    return refusal("amount", "not_positive", detail);
  }
  if (compare(amount, balance) <= 0) return undefined;
  const detail = `grant ${terms.grant} has ${toText(balance)} left, and ${toText(amount)} should be voided: give at most what is left`;
  return refusal("amount", "insufficient_funds", detail);
}
