import {
  cut,
  decimal,
  type Decimal,
  type DecimalText,
  POSTED_DECIMALS,
  ratioOf,
  sum,
  toText,
} from "@tallybook/money";
import { aroundTexts } from "./around-text.ts";
import { combinationText } from "./combination.ts";
import { cutParts, type ExplainedStep, stepsOf, stepText } from "./explain-steps.ts";
import type { AroundStepName } from "./rate-around.ts";
import type { ChargeRating, RatedCombination } from "./rate-usage.ts";
import { nothing, type QuantityRating, sumOfRatios } from "./share.ts";

/**
 * How an amount came about, as data: what a transaction carries as its evidence. It is as long as the price is, and never as
 * its events are many: of those it has counts and sums. The amounts of parts add up to the amount of what they are parts of.
 */
export type Explained =
  | ExplainedQuantity
  | ExplainedEvents
  | ExplainedCosts
  | ExplainedBulk
  | ExplainedPeaks
  | ExplainedTimes
  | ExplainedCombinations
  | ExplainedAround;

export interface ExplainedQuantity {
  readonly of: "quantity";
  /** At most 24 decimals, as all amounts here. */
  readonly amount: DecimalText;
  readonly quantity: DecimalText;
  readonly steps: readonly ExplainedStep[];
}

export interface ExplainedEvents {
  readonly of: "events";
  readonly amount: DecimalText;
  readonly events: number;
  /** Those that cost nothing. */
  readonly free_events: number;
  readonly value: DecimalText;
  readonly free_value: DecimalText;
  /** The percentage of what is not free. */
  readonly usage: DecimalText;
  readonly fixed: DecimalText;
  /** What bounds per event added, below zero where they took off. */
  readonly bounds: DecimalText;
}

/** What is passed on, and what is charged on top. */
export interface ExplainedCosts {
  readonly of: "costs";
  readonly amount: DecimalText;
  readonly events: number;
  readonly quantity: DecimalText;
  readonly cost: DecimalText;
  readonly markup: DecimalText;
  readonly fixed: DecimalText;
}

export interface ExplainedBulk {
  readonly of: "bulk";
  readonly amount: DecimalText;
  /** Events, jobs or periods that were rounded each. */
  readonly pieces: number;
  readonly raw: DecimalText;
  readonly billable: DecimalText;
  readonly charge: ExplainedQuantity;
}

export interface ExplainedPeaks {
  readonly of: "peaks";
  readonly amount: DecimalText;
  /** From 1; null where nothing was used. */
  readonly tier: number | null;
  readonly peaks: Readonly<Record<string, DecimalText>>;
}

export interface ExplainedTimes {
  readonly of: "times";
  readonly amount: DecimalText;
  readonly windows: readonly {
    /** Null: outside of all windows. */
    readonly window: string | null;
    readonly charge: ExplainedQuantity;
  }[];
}

export interface ExplainedCombinations {
  readonly of: "combinations";
  readonly amount: DecimalText;
  readonly rows: readonly {
    readonly dimensions: Readonly<Record<string, string>>;
    /** The default row priced it. */
    readonly is_default: boolean;
    readonly charge: Explained;
  }[];
}

/** A charge, and what stands around it. */
export interface ExplainedAround {
  readonly of: "around";
  readonly amount: DecimalText;
  /** Units that cost nothing; null where there were none. */
  readonly included: DecimalText | null;
  /** Of the units that are not included. */
  readonly charge: Explained;
  /** What each step added, below zero where it took off. */
  readonly steps: readonly { readonly step: AroundStepName; readonly amount: DecimalText }[];
}

/** Explains a rating. What nothing priced is no part of it. */
export function explainCharge(rating: ChargeRating): Explained {
  return explainAs(rating, cut(rating.amount, POSTED_DECIMALS));
}

/** The same, of which the amount is said: a part of something that was cut. */
export function explainAs(rating: ChargeRating, whole: Decimal): Explained {
  const amount = toText(whole);
  switch (rating.of) {
    case "quantity":
      return explainQuantity(rating.rating, rating.quantity, whole);
    case "events": {
      const { events } = rating.rating;
      const parts = [
        sumOfRatios(events.map(({ usage }) => usage)),
        ratioOf(sum(events.map(({ fixed }) => fixed))),
        nothing,
      ];
      const [usage, fixed, bounds] = cutParts(parts, whole);
      return {
        of: "events",
        amount,
        events: events.length,
        free_events: events.filter(({ isPaid }) => !isPaid).length,
        value: toText(sum(events.flatMap(({ freeValue, paidValue }) => [freeValue, paidValue]))),
        free_value: toText(sum(events.map(({ freeValue }) => freeValue))),
        usage: toText(usage ?? zero),
        fixed: toText(fixed ?? zero),
        bounds: toText(bounds ?? zero),
      };
    }
    case "costs": {
      const { rating: passed } = rating;
      const [cost, markup, fixed] = cutParts([passed.cost, passed.markup, passed.fixed], whole);
      return {
        of: "costs",
        amount,
        events: passed.events,
        quantity: toText(passed.quantity),
        cost: toText(cost ?? zero),
        markup: toText(markup ?? zero),
        fixed: toText(fixed ?? zero),
      };
    }
    case "bulk": {
      const { pieces, raw, billable, rating: inner } = rating.rating;
      const charge = explainQuantity(inner, billable, whole);
      return { of: "bulk", amount, pieces, raw: toText(raw), billable: toText(billable), charge };
    }
    case "peaks": {
      const { tier, peakByUnit } = rating.rating;
      const peaks = [...peakByUnit].map(([unit, peak]) => [unit, toText(peak)] as const);
      return { of: "peaks", amount, tier, peaks: Object.fromEntries(peaks) };
    }
    case "times": {
      const { windows } = rating.rating;
      const amounts = cutParts(
        windows.map((each) => each.rating.amount),
        whole,
      );
      const explained = windows.map(({ window, quantity, rating: inner }, index) => ({
        window,
        charge: explainQuantity(inner, quantity, amounts[index] ?? zero),
      }));
      return { of: "times", amount, windows: explained };
    }
    case "combinations": {
      const rows = rating.rows.filter((row) => row.rating !== null) as PricedCombination[];
      const amounts = cutParts(
        rows.map((row) => row.rating.amount),
        whole,
      );
      const explained = rows.map((row, index) => ({
        dimensions: row.values,
        is_default: row.isDefault,
        charge: explainAs(row.rating, amounts[index] ?? zero),
      }));
      return { of: "combinations", amount, rows: explained };
    }
  }
}

type PricedCombination = RatedCombination & { readonly rating: ChargeRating };

function explainQuantity(
  { shares }: QuantityRating,
  quantity: Decimal,
  whole: Decimal,
): ExplainedQuantity {
  return {
    of: "quantity",
    amount: toText(whole),
    quantity: toText(quantity),
    steps: stepsOf(shares, whole),
  };
}

/** How an amount came about, in words; without the amount itself. */
export function explainedText(explained: Explained, code: string): string {
  switch (explained.of) {
    case "quantity":
      return explained.steps.map((step) => stepText(step, code)).join("; ") || "nothing was used";
    case "events": {
      const { events, free_events, value, free_value, usage, fixed, bounds } = explained;
      const free = free_value === "0" ? "" : `, ${free_value} ${code} of it free`;
      const frees = free_events === 0 ? "" : `, ${free_events} of them free`;
      return (
        `${counted(events, "event")}${frees}, worth ${value} ${code}${free}: ` +
        added([
          [usage, `${code} by percentage`],
          [fixed, `${code} fixed`],
          [bounds, `${code} by bounds per event`],
        ])
      );
    }
    case "costs": {
      const { events, quantity, cost, markup, fixed } = explained;
      return (
        `${counted(events, "event")} of ${quantity} units: ` +
        added([
          [cost, `${code} passed through from the provider`],
          [markup, `${code} markup`],
          [fixed, `${code} fixed`],
        ])
      );
    }
    case "bulk": {
      const { pieces, raw, billable, charge } = explained;
      return `${raw} units in ${counted(pieces, "piece")} make ${billable} billable; ${explainedText(charge, code)}`;
    }
    case "peaks": {
      const { tier, peaks } = explained;
      if (tier === null) return "nothing was used";
      const texts = Object.entries(peaks).map(([unit, peak]) => `${peak} ${unit}`);
      return `tier ${tier} holds for the peaks ${texts.join(", ")}`;
    }
    case "around":
      return [
        ...(explained.included === null ? [] : [`${explained.included} units included`]),
        explainedText(explained.charge, code),
        ...explained.steps.map(({ step, amount }) => `${aroundTexts[step]} ${amount} ${code}`),
      ].join("; ");
    case "times":
      return (
        explained.windows
          .map(({ window, charge }) => `${windowText(window)}: ${explainedText(charge, code)}`)
          .join("; ") || "nothing was used"
      );
    case "combinations":
      return (
        explained.rows
          .map((row) => `${rowText(row)}: ${explainedText(row.charge, code)}`)
          .join("; ") || "nothing was used"
      );
  }
}

/** What a window is called where it stands for its usage. */
export function windowText(window: string | null): string {
  return window ?? "outside of all windows";
}

/** What a row is called where it stands for its usage. */
export function rowText(row: ExplainedCombinations["rows"][number]): string {
  return `${combinationText(row.dimensions)}${row.is_default ? " (default row)" : ""}`;
}

/** How many there are of something, such as `1 event`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** Terms that are zero say nothing, unless all are. */
function added(terms: readonly (readonly [DecimalText, string])[]): string {
  const told = terms.filter(([amount]) => amount !== "0");
  return (told.length === 0 ? terms.slice(0, 1) : told)
    .map(([amount, what]) => `${amount} ${what}`)
    .join(" + ");
}

const zero = decimal("0");
