import type { ChargeSpec, ConversionSpec, QuantitySpec, TierSpec } from "@tallybook/pricing";

/**
 * A second opinion, written for tests alone: every price by fractions of whole numbers, in the plainest way that its words
 * allow. It shares nothing with the engine, neither its numbers nor its steps.
 */
export interface Fraction {
  readonly top: bigint;
  /** Above zero. */
  readonly bottom: bigint;
}

export function fraction(text: string): Fraction {
  const [whole = "", decimals = ""] = text.split(".");
  return { top: BigInt(whole + decimals), bottom: 10n ** BigInt(decimals.length) };
}

export function plus(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.bottom + b.top * a.bottom, bottom: a.bottom * b.bottom };
}

export function minus(a: Fraction, b: Fraction): Fraction {
  return plus(a, { top: -b.top, bottom: b.bottom });
}

export function product(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.top, bottom: a.bottom * b.bottom };
}

function over(a: Fraction, b: Fraction): Fraction {
  const sign = b.top < 0n ? -1n : 1n;
  return { top: sign * a.top * b.bottom, bottom: sign * a.bottom * b.top };
}

export function isBelow(a: Fraction, b: Fraction): boolean {
  return a.top * b.bottom < b.top * a.bottom;
}

function lesser(a: Fraction, b: Fraction): Fraction {
  return isBelow(a, b) ? a : b;
}

function greater(a: Fraction, b: Fraction): Fraction {
  return isBelow(a, b) ? b : a;
}

function floored({ top, bottom }: Fraction): Fraction {
  const whole = top / bottom;
  return { top: top % bottom < 0n ? whole - 1n : whole, bottom: 1n };
}

function negative({ top, bottom }: Fraction): Fraction {
  return { top: -top, bottom };
}

function ceiled(a: Fraction): Fraction {
  return negative(floored(negative(a)));
}

const none: Fraction = { top: 0n, bottom: 1n };
const half: Fraction = { top: 1n, bottom: 2n };

/** What a quantity costs; undefined where the price has no answer. */
export function slowRate(spec: QuantitySpec, asked: Fraction): Fraction | undefined {
  const quantity = greater(asked, none);
  switch (spec.model) {
    case "per_unit":
      return product(quantity, over(fraction(spec.unit_amount), fraction(spec.per)));
    case "flat":
      return fraction(spec.amount);
    case "dynamic":
      return product(quantity, fraction(spec.multiplier));
    case "package": {
      const paid = greater(minus(quantity, fraction(spec.free_units)), none);
      const packages = over(paid, fraction(spec.package_size));
      const count = spec.round === "up" ? ceiled(packages) : floored(packages);
      return product(count, fraction(spec.package_amount));
    }
    case "graduated":
      return slowGraduated(spec, quantity, fraction(spec.per));
    case "graduated_percentage": {
      const tiers = spec.tiers.map((tier) => ({
        up_to: tier.up_to,
        unit_amount: tier.rate_percent,
        flat_amount: tier.flat_amount,
        cap_amount: null,
      }));
      return slowGraduated({ ...spec, tiers }, quantity, fraction("100"));
    }
    case "volume":
      return slowVolume(spec, quantity, fraction(spec.per));
    case "stairstep": {
      const tiers = spec.steps.map((step) => ({
        up_to: step.up_to,
        unit_amount: null,
        flat_amount: step.amount,
        cap_amount: null,
      }));
      return slowVolume({ ...spec, tiers }, quantity, fraction("1"));
    }
    case "block_tiers":
      return slowBlocks(spec, quantity);
  }
}

interface Tiered {
  readonly tiers: readonly TierSpec[];
  readonly beyond: "last_tier" | null;
  readonly zero_usage: "first_flat" | "nothing";
}

/** Every tier asks: how much of the quantity lies in me? */
function slowGraduated(spec: Tiered, quantity: Fraction, per: Fraction): Fraction | undefined {
  if (quantity.top === 0n && spec.zero_usage === "nothing") return none;
  let total = none;
  for (const [index, tier] of spec.tiers.entries()) {
    const start = fraction(spec.tiers[index - 1]?.up_to ?? "0");
    const isEntered = isBelow(start, quantity) || index === 0;
    if (isEntered) total = plus(total, tierCost(tier, inside(spec, index, start, quantity), per));
  }
  return total;
}

function inside(spec: Tiered, index: number, start: Fraction, quantity: Fraction): Fraction {
  const end = spec.tiers[index]?.up_to ?? null;
  const isOpen = end === null || (index === spec.tiers.length - 1 && spec.beyond === "last_tier");
  return minus(isOpen ? quantity : lesser(quantity, fraction(end)), start);
}

function slowVolume(
  spec: Tiered & { readonly boundary: "lower_tier" | "upper_tier" },
  quantity: Fraction,
  per: Fraction,
): Fraction | undefined {
  if (quantity.top === 0n && spec.zero_usage === "nothing") return none;
  const at = spec.tiers.findIndex(({ up_to }, index) => {
    if (up_to === null) return true;
    if (index === spec.tiers.length - 1 && spec.beyond === "last_tier") return true;
    const end = fraction(up_to);
    return spec.boundary === "lower_tier" ? !isBelow(end, quantity) : isBelow(quantity, end);
  });
  const tier = spec.tiers[at];
  return tier === undefined ? undefined : tierCost(tier, quantity, per);
}

function tierCost(tier: TierSpec, units: Fraction, per: Fraction): Fraction {
  const usage = product(units, over(fraction(tier.unit_amount ?? "0"), per));
  const cost = plus(usage, fraction(tier.flat_amount ?? "0"));
  return tier.cap_amount === null ? cost : lesser(cost, fraction(tier.cap_amount));
}

function slowBlocks(
  spec: Extract<QuantitySpec, { model: "block_tiers" }>,
  quantity: Fraction,
): Fraction | undefined {
  let left = quantity;
  let total = none;
  for (const [index, tier] of spec.tiers.entries()) {
    if (left.top <= 0n) break;
    const isLast = index === spec.tiers.length - 1;
    const size = fraction(tier.block_size);
    const isOpen = tier.max_blocks === null || (isLast && spec.beyond === "last_tier");
    const room = isOpen ? left : product(size, fraction(tier.max_blocks ?? "0"));
    const used = lesser(left, room);
    const amount = fraction(tier.block_amount);
    if (spec.policy === "all_tiers") total = plus(total, product(ceiled(over(used, size)), amount));
    else total = product(ceiled(over(quantity, size)), amount);
    left = minus(left, used);
  }
  return left.top > 0n ? undefined : total;
}

/** Events by a percentage: each with its free part taken off. */
export function slowPercentage(
  spec: Extract<ChargeSpec, { model: "percentage" }>,
  values: readonly Fraction[],
): Fraction {
  const freeAmount = spec.free_amount === null ? none : fraction(spec.free_amount);
  const hasFreeAmount = freeAmount.top > 0n;
  const freeEvents = spec.free_events ?? 0;
  let running = none;
  let total = none;
  for (const [index, value] of values.entries()) {
    const before = running;
    running = plus(running, value);
    const isAmongFirst = freeEvents === 0 || index < freeEvents;
    let free = none;
    if (isAmongFirst && hasFreeAmount)
      free = greater(lesser(minus(freeAmount, before), value), none);
    else if (isAmongFirst && freeEvents > 0) free = value;
    const paid = minus(value, free);
    const isFree = paid.top === 0n && isAmongFirst && (hasFreeAmount || freeEvents > 0);
    if (isFree && (!hasFreeAmount || !isBelow(freeAmount, running))) continue;
    let cost = product(paid, over(fraction(spec.rate_percent), fraction("100")));
    cost = plus(cost, fraction(spec.fixed_amount_per_event ?? "0"));
    if (spec.minimum_per_event !== null) cost = greater(cost, fraction(spec.minimum_per_event));
    if (spec.maximum_per_event !== null) cost = lesser(cost, fraction(spec.maximum_per_event));
    total = plus(total, cost);
  }
  return total;
}

/** Raw units as billable ones. */
export function slowConvert(spec: ConversionSpec, raw: Fraction): Fraction {
  const factor = fraction(spec.factor);
  const exact = spec.operation === "divide" ? over(raw, factor) : product(raw, factor);
  const scale = fraction(`1${"0".repeat(spec.decimals)}`);
  const scaled = product(exact, scale);
  switch (spec.rounding) {
    case "none":
      return exact;
    case "ceiling":
      return over(ceiled(scaled), scale);
    case "floor":
      return over(floored(scaled), scale);
    case "half_up":
      return over(floored(plus(scaled, half)), scale);
  }
}

/** Whether a number of the engine, as a numerator over a denominator in text, is that fraction. */
export function isThat(num: string, den: string, expected: Fraction): boolean {
  const got = over(fraction(num), fraction(den));
  return got.top * expected.bottom === expected.top * got.bottom;
}
