import {
  add,
  cut,
  decimal,
  isZero,
  min,
  POSTED_DECIMALS,
  ratioOf,
  shareOut,
  sub,
} from "@tallybook/money";
import type { Decimal, Ratio } from "@tallybook/money";
import { chargeOf, rateAround, rateUsage, wholePeriod, withoutIncluded } from "@tallybook/pricing";
import type { AroundOf, AroundRating, Usage } from "@tallybook/pricing";

import type { ChargeShare, CoveredPrice, RatedFor } from "./charge.ts";
import { byKey, noGroup } from "./groups.ts";
import { fractionOf } from "./part.ts";

/** What stands around a price's charge, for a part of a period. */
export interface Around {
  /** The usage that is not included, and how many units are. */
  readonly of: (usage: Usage) => { readonly usage: Usage; readonly included: Decimal };
  readonly rate: (charged: Ratio) => AroundRating;
}

/** Null where nothing stands around it. What a trial covers, or is billed before its period is over, misses nothing. */
export function aroundOf(price: CoveredPrice, { part, isInterim }: RatedFor): Around | null {
  const { around = null, covered = "nothing" } = price;
  if (around === null) return null;
  const of: AroundOf = {
    fraction: part === null ? wholePeriod.fraction : fractionOf(part),
    isMissingOwed: isInterim !== true && covered === "nothing",
  };
  const priceOf = (quantity: Decimal) =>
    rateUsage(chargeOf(price), { of: "quantity", quantity }).amount;
  return {
    of: (usage) => withoutIncluded(around, usage, of),
    rate: (charged) => rateAround(around, charged, priceOf, of),
  };
}

/** The shares of a charge with what stands around it: what is missing is of no dimensions, all else is spread by their amounts. */
export function sharesAround(
  shares: readonly ChargeShare[],
  { amount, missing }: AroundRating,
): ChargeShare[] {
  const whole = cut(amount, POSTED_DECIMALS);
  const nobodys = min(cut(missing, POSTED_DECIMALS), whole);
  const spread = shareOut(
    ratioOf(sub(whole, nobodys)),
    shares.map((share) => share.amount),
  );
  const own = shares.map((share, index) => ({ ...share, amount: spread[index] ?? zero }));
  if (isZero(nobodys)) return own;
  const isThere = own.some(({ key }) => key === noGroup.key);
  if (isThere)
    return own.map((share) =>
      share.key === noGroup.key ? { ...share, amount: add(share.amount, nobodys) } : share,
    );
  const { key, dimensions } = noGroup;
  return [...own, { key, dimensions, quantity: zero, amount: nobodys }].sort(byKey);
}

const zero = decimal("0");
