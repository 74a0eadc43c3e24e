/** One small mistake in the source. */
export interface Mutant {
  readonly what: string;
  /** From the root. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

const pricing = (file: string) => `packages/pricing/src/${file}.ts`;
const money = (file: string) => `packages/money/src/${file}.ts`;

export const mutants: readonly Mutant[] = [
  {
    what: "drop a tier's flat fee",
    file: pricing("share"),
    find: "flatAmount === null ? usage : addRatios(usage, ratioOf(flatAmount))",
    replace: "usage",
  },
  {
    what: "round early: each tier's usage in cents",
    file: pricing("share"),
    find: "ratio(mul(billed, unitAmount), per);",
    replace: "ratioOf(cut(ratio(mul(billed, unitAmount), per), 2));",
  },
  {
    what: "use a float for the usage amount",
    file: pricing("share"),
    find: "ratio(mul(billed, unitAmount), per);",
    replace: "ratio(decimal((+toText(billed) * +toText(unitAmount)).toFixed(12)), per);",
  },
  {
    what: "forget the cap of a tier",
    file: pricing("share"),
    find: "compareRatios(amount, cap) > 0 ?",
    replace: "compareRatios(amount, cap) > 1 ?",
  },
  {
    what: "a graduated tier begins at its own edge (inclusive instead of exclusive)",
    file: pricing("rate-tiers"),
    find: "if (index > 0 && compare(quantity, from) <= 0) return shares;",
    replace: "if (index > 0 && compare(quantity, from) < 0) return shares;",
  },
  {
    what: "a volume boundary falls to the other tier",
    file: pricing("rate-tiers"),
    find: 'boundary === "lower_tier"',
    replace: 'boundary === "upper_tier"',
  },
  {
    what: "the first flat fee is owed without usage, whatever the price says",
    file: pricing("rate-tiers"),
    find: 'return zeroUsage === "nothing" && compare(quantity, zero) === 0;',
    replace: "return false;",
  },
  {
    what: "a percentage is of a thousand",
    file: pricing("share"),
    find: 'decimal("100")',
    replace: 'decimal("1000")',
  },
  {
    what: "a begun package does not count",
    file: pricing("rate-quantity"),
    find: 'round === "up" ? ceil',
    replace: 'round !== "up" ? ceil',
  },
  {
    what: "free units do not come off packages",
    file: pricing("rate-quantity"),
    find: "const charged = sub(quantity, free);",
    replace: "const charged = quantity;",
  },
  {
    what: "a quantity below zero is priced",
    file: pricing("rate-quantity"),
    find: "sharesOf(charge, max(quantity, zero))",
    replace: "sharesOf(charge, quantity)",
  },
  {
    what: "a tier of blocks ends after units, not after blocks",
    file: pricing("rate-blocks"),
    find: "mul(of.blockSize, of.maxBlocks ?? zero)",
    replace: "of.maxBlocks ?? zero",
  },
  {
    what: "the top tier prices only what lies in it",
    file: pricing("rate-blocks"),
    find: "[blockShare(top, quantity)]",
    replace: "[blockShare(top, sub(quantity, top.from))]",
  },
  {
    what: "free events end with the later of the two allowances",
    file: pricing("rate-events"),
    find: "if (freeEvents !== null && seen > freeEvents) return null;",
    replace: "if (freeAmount === null && freeEvents !== null && seen > freeEvents) return null;",
  },
  {
    what: "the event that crosses the free amount is paid whole",
    file: pricing("rate-events"),
    find: "return compare(left, zero) > 0 ? min(left, value) : null;",
    replace: "return compare(left, zero) > 0 ? null : null;",
  },
  {
    what: "bounds per event leave the fixed part out",
    file: pricing("rate-events"),
    find: "bounded(charge, addRatios(usage, ratioOf(fixed)))",
    replace: "addRatios(bounded(charge, usage), ratioOf(fixed))",
  },
  {
    what: "the markup is not charged",
    file: pricing("rate-events"),
    find: "amount: addRatios(addRatios(cost, markup), fixed)",
    replace: "amount: addRatios(cost, fixed)",
  },
  {
    what: "a weighted event is priced whole in the tier where it ends",
    file: pricing("rate-prorated"),
    find: "const part = ratio(inside, sub(high, low));",
    replace: "const part = ratio(inside, inside);",
  },
  {
    what: "a job's seconds are rounded per event",
    file: pricing("rate-bulk"),
    find: "return byJob(events);",
    replace: "return events.map(({ quantity }) => quantity);",
  },
  {
    what: "a time window holds the minute at which it ends",
    file: pricing("week-time"),
    find: "minute < toMinute",
    replace: "minute <= toMinute",
  },
  {
    what: "capacity looks at one unit only",
    file: pricing("rate-capacity"),
    find: "return [...peakByUnit].every(([unit, peak]) => {",
    replace: "return [...peakByUnit].some(([unit, peak]) => {",
  },
  {
    what: "each piece of a period rounds its units on its own",
    file: pricing("conversion"),
    find: "sub(convertUnits(conversion, piece.until), convertUnits(conversion, piece.before))",
    replace: "convertUnits(conversion, piece.quantity)",
  },
  {
    what: "a later line repeats what an earlier one billed",
    file: pricing("component"),
    find: "const quantity = sub(component.quantity, before.quantity);",
    replace: "const quantity = component.quantity;",
  },
  {
    what: "another unit price nets as if it were the same",
    file: pricing("component"),
    find: " && compareRatios(a.unitAmount, b.unitAmount) === 0",
    replace: "",
  },
  {
    what: "the discount is taken after the maximum",
    file: pricing("line"),
    find: "policy.amountSteps.reduce(",
    replace: "policy.amountSteps.toReversed().reduce(",
  },
  {
    what: "the maximum forgets what was billed before",
    file: pricing("line"),
    find: "let billed = ratioOf(usage.alreadyBilled);",
    replace: "let billed = nothing;",
  },
  {
    what: "every line of a period owes the minimum",
    file: pricing("line"),
    find: "if (terms.minimum === null || !isLast)",
    replace: "if (terms.minimum === null)",
  },
  {
    what: "free units are used up anew on each line",
    file: pricing("usage-discount"),
    find: "const freeBefore = min(freeUnits, quantityBefore);",
    replace: "const freeBefore = zero;",
  },
  {
    what: "units that were carried over are carried a second time",
    file: pricing("usage-discount"),
    find: "const left = sub(included.units, fromOwn);",
    replace: "const left = sub(add(included.units, carriedIn), free);",
  },
  {
    what: "a reversal goes to the run's own period",
    file: pricing("rerate"),
    find: "sameComponent(a, b) && a.period === b.period",
    replace: "sameComponent(a, b)",
  },
  {
    what: "a correction is billed again and again",
    file: pricing("rerate"),
    find: "const before = booked.filter((line) => line.period === period);",
    replace:
      "const before = booked.filter((line) => line.period === period && !line.isCorrection);",
  },
  {
    what: "coupons are taken in the other order",
    file: pricing("discount"),
    find: "of coupons) {",
    replace: "of coupons.toReversed()) {",
  },
  {
    what: "a coupon is spread over the whole of its lines, not over what is left of them",
    file: pricing("discount"),
    find: "subRatios(amount, shareOfDiscount(amount, off, base))",
    replace: "subRatios(amount, shareOfDiscount(ratioOf(amounts[index] ?? zero), off, base))",
  },
  {
    what: "a discount is more than what is there",
    file: pricing("discount"),
    find: "return minRatio(ratioOf(discount.amountOff), maxRatio(amount, nothing));",
    replace: "return ratioOf(discount.amountOff);",
  },
  {
    what: "an invoice adds up its rounded taxes",
    file: pricing("invoice-terms"),
    find: "roundMoney(sumOfRatios(taxed.map((line) => line.tax)), currency)",
    replace: "sum(taxed.map((line) => line.taxRounded))",
  },
  {
    what: "overage is priced without its factor",
    file: pricing("commitment"),
    find: "mulRatios(above, ratioOf(commitment.overageFactor))",
    replace: "above",
  },
  {
    what: "a commitment is trued up without being asked",
    file: pricing("commitment"),
    find: "commitment.trueUp ? maxRatio",
    replace: "commitment.overageFactor ? maxRatio",
  },
  {
    what: "days are counted with both ends, whatever is said",
    file: pricing("proration"),
    find: 'convention === "both_ends_included" ? 1 : 0',
    replace: "1",
  },
  {
    what: "more is given back than was paid",
    file: pricing("credit-note"),
    find: "max(min(potential, sub(paid, earlier)), zero)",
    replace: "potential",
  },
  {
    what: "the last credit note leaves a cent of tax",
    file: pricing("credit-note"),
    find: "const tax = isLast ? left :",
    replace: "const tax = isLast && !left ? left :",
  },
  {
    what: "a threshold bills everything again",
    file: pricing("progressive"),
    find: "bills.push(sub(amount, billed));",
    replace: "bills.push(amount);",
  },
  {
    what: "prepaid money pays before discounts",
    file: pricing("prepaid"),
    find: "sub(line.amount, sum(line.discounts))",
    replace: "line.amount",
  },
  {
    what: "a last tier may end without a word about what is beyond",
    file: pricing("make-quantity-charge"),
    find: "if (isLast && beyond === null) {",
    replace: "if (isLast && beyond === undefined) {",
  },
  {
    what: "a gap between tiers is taken",
    file: pricing("make-quantity-charge"),
    find: "if (order === 0) return;",
    replace: "if (order >= 0) return;",
  },
  {
    what: "a half is rounded to zero",
    file: money("ratio"),
    find: "rest.times(2).greaterThanOrEqualTo(opened(of.den))",
    replace: "rest.times(2).greaterThan(opened(of.den))",
  },
  {
    what: "a ceiling cuts",
    file: money("ratio"),
    find: "value(isAbove ? whole.plus(1) : whole)",
    replace: "value(whole)",
  },
  {
    what: "an event costs what the provider charged at first",
    file: pricing("unit-cost"),
    find: "unitCost.prices.findLast(",
    replace: "unitCost.prices.find(",
  },
  {
    what: "the week of a time window begins on Sunday",
    file: pricing("week-time"),
    find: "((day + 3) % 7)",
    replace: "((day + 4) % 7)",
  },
  {
    what: "a window that begins inside of a slot is seen as if it did not",
    file: pricing("week-time"),
    find: "if (edges.some((edge) => edge > first && edge <= last)) return true;",
    replace: "if (edges.some((edge) => edge < first && edge >= last)) return true;",
  },
  {
    what: "the parts of an explanation do not add up",
    file: pricing("explain-steps"),
    find: "const own = sub(due, given);",
    replace: "const own = due;",
  },
  {
    what: "a calculation that does not hold passes for one that does",
    file: pricing("explained-holds"),
    find: "explained.steps.every(stepHolds)",
    replace: "explained.steps.every(() => true)",
  },
];
