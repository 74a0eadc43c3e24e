import type {
  Charge,
  ChargeSpec,
  QuantityCharge,
  QuantitySpec,
  TierSpec,
} from "@tallybook/pricing";
import { makeCharge } from "@tallybook/pricing";
import * as fc from "fast-check";

/** A charge from its specification; the faults where it is refused. */
export function made(spec: ChargeSpec, meter: "units" | "money" | "none" = "money"): Charge {
  const result = makeCharge(spec, { meter });
  if (result.ok) return result.charge;
  throw new Error(result.faults.map(({ field, reason }) => `${field} ${reason}`).join("; "));
}

export function madeQuantity(spec: QuantitySpec): QuantityCharge {
  return made(spec) as QuantityCharge;
}

/** A number with up to `decimals` decimals, drawn as a whole number of the last of them. */
function number(min: number, max: number, decimals: number): fc.Arbitrary<string> {
  return fc.integer({ min, max }).map((units) => asText(units, decimals));
}

export function asText(units: number, decimals: number): string {
  const digits = String(Math.abs(units)).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const rest = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return `${units < 0 ? "-" : ""}${whole}${rest === "" ? "" : `.${rest}`}`;
}

const amount = fc.oneof(fc.constant("0"), number(0, 9_999, 3), number(1, 99, 12), number(1, 50, 0));
const positive = fc.oneof(
  number(1, 400, 1),
  number(1, 40, 0),
  fc.constant("1000"),
  fc.constant("7"),
);
const per = fc.constantFrom("1", "1", "3", "7", "1000", "1000000");
const optionalAmount = fc.option(amount, { nil: null });
const zeroUsage = fc.constantFrom("first_flat", "nothing");
const boundary = fc.constantFrom("lower_tier", "upper_tier");

const ends = fc
  .uniqueArray(fc.integer({ min: 1, max: 350 }), { minLength: 1, maxLength: 4 })
  .map((list) => list.toSorted((a, b) => a - b).map((tenths) => asText(tenths, 1)));

const isOpen = fc.boolean();

function tiersBy<Tier>(tier: fc.Arbitrary<Tier>) {
  return fc.tuple(ends, isOpen).chain(([list, open]) =>
    fc.array(tier, { minLength: list.length, maxLength: list.length }).map((drawn) => ({
      beyond: open ? null : ("last_tier" as const),
      tiers: drawn.map((each, index) => ({
        ...each,
        up_to: open && index === list.length - 1 ? null : (list[index] ?? null),
      })),
    })),
  );
}

const tier = fc
  .record({ unit_amount: optionalAmount, flat_amount: optionalAmount, cap_amount: optionalAmount })
  .map((each): Omit<TierSpec, "up_to"> =>
    each.unit_amount === null && each.flat_amount === null ? { ...each, unit_amount: "0" } : each,
  );

/** Any price that goes by quantity, valid. */
export const quantitySpec: fc.Arbitrary<QuantitySpec> = fc.oneof(
  fc.record({ model: fc.constant("per_unit"), unit_amount: amount, per }),
  fc.record({
    model: fc.constant("flat"),
    amount,
    payment_term: fc.constantFrom("in_advance", "in_arrears"),
  }),
  fc
    .tuple(tiersBy(tier), per, zeroUsage)
    .map(
      ([tiers, of, zero_usage]) => ({ model: "graduated", ...tiers, per: of, zero_usage }) as const,
    ),
  fc
    .tuple(tiersBy(tier), per, zeroUsage, boundary)
    .map(
      ([tiers, of, zero_usage, edge]) =>
        ({ model: "volume", ...tiers, per: of, zero_usage, boundary: edge }) as const,
    ),
  fc.record({
    model: fc.constant("package"),
    package_size: positive,
    package_amount: amount,
    free_units: fc.oneof(fc.constant("0"), number(0, 300, 1)),
    round: fc.constantFrom("up", "down"),
  }),
  fc
    .tuple(tiersBy(fc.record({ rate_percent: amount, flat_amount: optionalAmount })), zeroUsage)
    .map(
      ([tiers, zero_usage]) => ({ model: "graduated_percentage", ...tiers, zero_usage }) as const,
    ),
  fc
    .tuple(tiersBy(fc.record({ amount })), zeroUsage, boundary)
    .map(
      ([{ tiers, beyond }, zero_usage, edge]) =>
        ({ model: "stairstep", steps: tiers, beyond, zero_usage, boundary: edge }) as const,
    ),
  fc.record({
    model: fc.constant("block_tiers"),
    policy: fc.constantFrom("all_tiers", "top_tier"),
    tiers: fc.array(
      fc.record({
        block_size: positive,
        max_blocks: fc.integer({ min: 1, max: 9 }).map(String),
        block_amount: amount,
      }),
      { minLength: 1, maxLength: 4 },
    ),
    beyond: fc.constant("last_tier"),
  }),
  fc.record({ model: fc.constant("dynamic"), multiplier: amount }),
);

/** Where a price may change its mind: its edges, one step of the last decimal around them, zero, below zero, anything. */
export function quantityFor(spec: QuantitySpec): fc.Arbitrary<string> {
  const edges = edgesOf(spec).flatMap((edge) => [edge, nudged(edge, 1n), nudged(edge, -1n)]);
  return fc.oneof(
    fc.constantFrom("0", "0.000000000001", ...edges),
    number(-200, 400, 1),
    number(0, 40_000, 3),
    number(1, 2_000_000_000, 12),
    fc.constantFrom("-1", "-0.5", "999999999999999999.999999999999"),
  );
}

function edgesOf(spec: QuantitySpec): string[] {
  switch (spec.model) {
    case "graduated":
    case "volume":
    case "graduated_percentage":
      return spec.tiers.flatMap(({ up_to }) => (up_to === null ? [] : [up_to]));
    case "stairstep":
      return spec.steps.flatMap(({ up_to }) => (up_to === null ? [] : [up_to]));
    case "package":
      return [spec.free_units, spec.package_size];
    case "block_tiers":
      return spec.tiers.map(({ block_size }) => block_size);
    case "per_unit":
    case "flat":
    case "dynamic":
      return [];
  }
}

/** A number one step of the twelfth decimal up or down; never below zero. */
function nudged(text: string, steps: bigint): string {
  const [whole = "0", decimals = ""] = text.split(".");
  const units = BigInt(whole + decimals.padEnd(12, "0")) + steps;
  if (units < 0n) return "0";
  const digits = String(units).padStart(13, "0");
  return `${digits.slice(0, -12)}.${digits.slice(-12)}`;
}
