import { describeAround } from "./around-text.ts";
import {
  type ChargeSpec,
  type ConversionSpec,
  type QuantitySpec,
  type TieredSpec,
} from "./charge-spec.ts";
import { isByQuantity } from "./charge.ts";
import { combinationText } from "./combination.ts";
import { minuteText, weekText } from "./describe-windows.ts";
import type { Price } from "./price.ts";

/**
 * A price in words, such as `graduated: 0.5 USD per 1000000 units up to 1000000, then free`. Fields in which systems differ are
 * named where they are not what a plan has when it leaves them out.
 */
export function describePrice(
  { charge, around = null }: Pick<Price, "charge" | "around">,
  currency: string,
): string {
  return describeCharge(charge, currency) + describeAround(around, currency);
}

function describeCharge(charge: ChargeSpec, currency: string): string {
  if (isByQuantity(charge)) return describeQuantityCharge(charge, currency);
  switch (charge.model) {
    case "percentage":
      return listed([
        `${charge.rate_percent} % of each event's value`,
        ...perEvent(charge.fixed_amount_per_event, currency),
        ...(charge.free_events === null ? [] : [`the first ${charge.free_events} events free`]),
        ...(charge.free_amount === null
          ? []
          : [`the first ${charge.free_amount} ${currency} free`]),
        ...bound("at least", charge.minimum_per_event, currency),
        ...bound("at most", charge.maximum_per_event, currency),
      ]);
    case "cost_plus":
      return listed([
        "what the provider charges",
        ...(charge.markup_percent === "0" ? [] : [`${charge.markup_percent} % of it`]),
        ...perEvent(charge.fixed_amount_per_event, currency),
      ]);
    case "bulk":
      return `${conversionText(charge.conversion)} ${perTexts[charge.round_per]}: ${describeQuantityCharge(charge.charge, currency)}`;
    case "capacity":
      return `by the peak of each ${charge.unit_dimension}: ${charge.tiers.map((tier) => `${tier.amount} ${currency} ${limitsText(tier.max)}`).join(", then ")}`;
    case "matrix":
      return `by ${charge.dimensions.join(", ")}: ${rowsText(charge, currency)}`;
    case "time_windows": {
      const windows = charge.windows.map(
        (window) =>
          `${window.name} (${weekText(window.days)} ${minuteText(window.from_minute)} to ${minuteText(window.to_minute)}) ` +
          describeQuantityCharge(window.charge, currency),
      );
      const { otherwise } = charge;
      const rest =
        otherwise === null ? [] : [`otherwise ${describeQuantityCharge(otherwise, currency)}`];
      return `by the time in ${charge.time_zone}: ${[...windows, ...rest].join("; ")}`;
    }
  }
}

function describeQuantityCharge(charge: QuantitySpec, currency: string): string {
  switch (charge.model) {
    case "per_unit":
      return rateText(charge.unit_amount, charge.per, currency);
    case "flat": {
      const when = charge.payment_term === "in_advance" ? ", in advance" : "";
      return `${charge.amount} ${currency} per period${when}`;
    }
    case "graduated":
    case "volume": {
      const tiers = charge.tiers.map((tier) => tierText(tier, charge.per, currency));
      return `${charge.model}: ${spansText(charge, tiers)}${conventionsText(charge)}`;
    }
    case "graduated_percentage": {
      const tiers = charge.tiers.map(({ rate_percent, flat_amount }) =>
        onceAnd(flat_amount, rate_percent === "0" ? null : `${rate_percent} %`, currency),
      );
      return `graduated: ${spansText(charge, tiers)}${conventionsText(charge)}`;
    }
    case "stairstep": {
      const steps = charge.steps.map(({ amount }) => `${amount} ${currency}`);
      const spans = spansText({ tiers: charge.steps, beyond: charge.beyond }, steps);
      return `stairstep: ${spans}${conventionsText(charge)}`;
    }
    case "package": {
      const units = charge.round === "up" ? "units begun" : "whole units";
      const each = `${charge.package_amount} ${currency} per ${charge.package_size} ${units}`;
      return charge.free_units === "0" ? each : `${each}, after ${charge.free_units} free units`;
    }
    case "block_tiers": {
      const tiers = charge.tiers.map(({ block_size, block_amount, max_blocks }) => {
        const each = `${block_amount} ${currency} per ${block_size} units begun`;
        return max_blocks === null ? each : `${each} up to ${max_blocks} times`;
      });
      const all =
        charge.policy === "all_tiers" ? "" : ", the tier that the total ends in for all of it";
      const beyond = charge.beyond === "last_tier" ? ", the last tier also beyond its end" : "";
      return `${tiers.join(", then ")}${all}${beyond}`;
    }
    case "dynamic":
      return charge.multiplier === "1"
        ? "the metered amount"
        : `the metered amount times ${charge.multiplier}`;
  }
}

/** Of a long matrix; the rest is counted. */
const rowsShown = 6;

function rowsText(
  { rows, default_row }: Extract<ChargeSpec, { model: "matrix" }>,
  currency: string,
): string {
  const texts = rows
    .slice(0, rowsShown)
    .map((row) => `${describeCharge(row.charge, currency)} for ${combinationText(row.dimensions)}`);
  if (rows.length > rowsShown) texts.push(`${rows.length - rowsShown} rows more`);
  if (default_row !== null) texts.push(`${describeCharge(default_row, currency)} for all others`);
  return texts.join("; ");
}

function spansText(
  of: {
    readonly tiers: readonly { readonly up_to: string | null }[];
    readonly beyond: "last_tier" | null;
  },
  texts: readonly string[],
): string {
  const last = of.tiers.length - 1;
  return texts
    .map((text, index) => {
      const end = of.tiers[index]?.up_to ?? null;
      const isOpen = end === null || (index === last && of.beyond === "last_tier");
      return isOpen ? text : `${text} up to ${end}`;
    })
    .join(", then ");
}

function tierText(tier: TieredSpec["tiers"][number], per: string, currency: string): string {
  const unit = tier.unit_amount ?? "0";
  const text = onceAnd(
    tier.flat_amount,
    unit === "0" ? null : rateText(unit, per, currency),
    currency,
  );
  return tier.cap_amount === null ? text : `${text}, at most ${tier.cap_amount} ${currency},`;
}

function onceAnd(flat: string | null, rate: string | null, currency: string): string {
  if (flat === null || flat === "0") return rate ?? "free";
  const once = `${flat} ${currency} once`;
  return rate === null ? once : `${once} and ${rate}`;
}

function conventionsText(charge: {
  readonly zero_usage: string;
  readonly boundary?: string;
}): string {
  const zero =
    charge.zero_usage === "first_flat" ? "; the first tier is owed without usage too" : "";
  const edge = charge.boundary === "upper_tier" ? "; exactly at an end, the next tier holds" : "";
  return `${zero}${edge}`;
}

function rateText(amount: string, per: string, currency: string): string {
  const units = per === "1" ? "unit" : `${per} units`;
  return `${amount} ${currency} per ${units}`;
}

function perEvent(amount: string | null, currency: string): string[] {
  return amount === null || amount === "0" ? [] : [`${amount} ${currency} per event`];
}

function bound(what: string, amount: string | null, currency: string): string[] {
  return amount === null ? [] : [`${what} ${amount} ${currency} per event`];
}

function conversionText({ operation, factor, rounding, decimals }: ConversionSpec): string {
  const how = operation === "divide" ? "divided by" : "times";
  const to = decimals === 0 ? "" : ` to ${decimals} decimals`;
  return `units ${how} ${factor}, ${roundingTexts[rounding]}${rounding === "none" ? "" : to}`;
}

function limitsText(max: Readonly<Record<string, string>>): string {
  const limits = Object.entries(max).map(([unit, most]) => `${most} ${unit}`);
  return limits.length === 0 ? "for any" : `up to ${limits.join(", ")}`;
}

function listed(parts: readonly string[]): string {
  return parts.join(", ");
}

const roundingTexts = {
  half_up: "rounded",
  ceiling: "rounded up",
  floor: "rounded down",
  none: "not rounded",
} as const;

const perTexts = { event: "per event", job: "per job", period: "per period" } as const;
