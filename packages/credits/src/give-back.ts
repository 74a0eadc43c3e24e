import { compare, type Decimal, isZero, negate, sum, toText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import { heldOf } from "./credits.ts";
import { type Refusal, refusal } from "./fault.ts";
import { type Fold, move } from "./fold.ts";
import type { EndedPolicy, GiveBack } from "./order.ts";
import { settle } from "./steps.ts";
import { unwind } from "./unwind.ts";

/** Gives burns back to the grants they came from, the latest burn first; nothing moves where any of it is refused. */
export function giveBack(fold: Fold, order: GiveBack): Refusal | undefined {
  const unwound = unwind(order.burns, order.earlier, order.by, order.currency);
  if (!unwound.ok) return unwound;
  const grantByAllocation = new Map(order.burns.map((each) => [each.allocation, each.grant]));
  const parts = unwound.corrections.map(({ allocation, amount }) => ({
    allocation,
    grant: grantByAllocation.get(allocation) ?? "",
    amount: negate(amount),
  }));
  const fault = burntFault(fold, parts) ?? endedFault(fold, parts, order);
  if (fault !== undefined) return fault;
  for (const part of parts) returnPart(fold, part, order);
  settle(fold, order.at);
  return undefined;
}

interface Part {
  readonly allocation: string;
  readonly grant: string;
  readonly amount: Decimal;
}

function returnPart(fold: Fold, { allocation, grant, amount }: Part, order: GiveBack): void {
  const { at } = order;
  const phase = heldOf(fold.credits, grant)?.phase;
  if (phase === "expired" && order.ended.kind === "revives")
    move(fold, { kind: "revived", at, grant, until: order.ended.until });
  move(fold, { kind: "returned", at, grant, amount, allocation });
  if (phase === "voided") move(fold, { kind: "voided", at, grant, amount, ends: true });
  if (phase === "expired" && order.ended.kind === "expires")
    move(fold, { kind: "expired", at, grant, amount });
}

function burntFault(fold: Fold, parts: readonly Part[]): Refusal | undefined {
  for (const { grant, allocation } of parts) {
    const held = heldOf(fold.credits, grant);
    if (held === undefined) {
      const detail = `burn ${allocation} is of grant ${grant}, which is not there: look it up by its id`;
      return refusal("burns", "unknown_grant", detail);
    }
    const back = sum(parts.filter((part) => part.grant === grant).map(({ amount }) => amount));
    if (compare(back, held.burnt) <= 0) continue;
    const detail = `grant ${grant} has burnt ${toText(held.burnt)}, and ${toText(back)} should go back: check the earlier corrections`;
    return refusal("burns", "insufficient_funds", detail);
  }
  return undefined;
}

function endedFault(
  fold: Fold,
  parts: readonly Part[],
  { ended, at }: { ended: EndedPolicy; at: number },
): Refusal | undefined {
  if (ended.kind === "revives" && ended.until <= at) {
    const detail = `expired grants should burn again until ${formatTime(ended.until)}, which is not after ${formatTime(at)}`;
    return refusal("ended.until", "too_early", detail);
  }
  if (ended.kind !== "refuses") return undefined;
  const expired = parts.find(
    ({ grant, amount }) => !isZero(amount) && heldOf(fold.credits, grant)?.phase === "expired",
  );
  if (expired === undefined) return undefined;
  const detail = `grant ${expired.grant} has expired, and ${toText(expired.amount)} should go back to it: let it expire at once, or revive the grant`;
  return refusal("ended", "expired", detail);
}
