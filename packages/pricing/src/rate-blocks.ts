import { add, ceil, compare, type Decimal, min, mul, ratio, sub, toText } from "@tallybook/money";
import type { BlockTier, BlockTiers } from "./charge.ts";
import { NotRatable, one, type Share, shareOf, zero } from "./share.ts";

/** Blocks of units, begun ones whole. How far a tier reaches follows from its blocks and those of the tiers before it. */
export function rateBlocks(charge: BlockTiers, quantity: Decimal): Share[] {
  if (compare(quantity, zero) === 0) return [];
  const spans = spansOf(charge);
  const last = spans.at(-1);
  if (last === undefined || (last.upTo !== null && compare(quantity, last.upTo) > 0))
    throw new NotRatable(`no tier has room for ${toText(quantity)} units`);
  return charge.policy === "top_tier"
    ? topTier(spans, quantity)
    : spans
        .filter(({ from }) => compare(quantity, from) > 0)
        .map((span) => blockShare(span, sub(endIn(span, quantity), span.from)));
}

function topTier(spans: readonly Span[], quantity: Decimal): Share[] {
  const top = spans.find(({ upTo }) => upTo === null || compare(quantity, upTo) <= 0);
  return top === undefined ? [] : [blockShare(top, quantity)];
}

interface Span {
  readonly tier: number;
  readonly from: Decimal;
  readonly upTo: Decimal | null;
  readonly of: BlockTier;
}

function spansOf({ tiers, beyond }: BlockTiers): Span[] {
  let from = zero;
  return tiers.map((of, index) => {
    const isOpen = of.maxBlocks === null || (index === tiers.length - 1 && beyond === "last_tier");
    const end = add(from, mul(of.blockSize, of.maxBlocks ?? zero));
    const span = { tier: index + 1, from, upTo: isOpen ? null : end, of };
    from = end;
    return span;
  });
}

function endIn({ upTo }: Span, quantity: Decimal): Decimal {
  return upTo === null ? quantity : min(quantity, upTo);
}

function blockShare({ tier, from, upTo, of }: Span, quantity: Decimal): Share {
  return shareOf({
    tier,
    from,
    upTo,
    quantity,
    billed: ceil(ratio(quantity, of.blockSize)),
    unitAmount: of.blockAmount,
    per: one,
    flatAmount: null,
    capAmount: null,
  });
}
