import { sum } from "@tallybook/money";
import {
  type BookedLine,
  type Booking,
  type Component,
  type LinePosition,
  type LineTerms,
  type LineTotals,
  type RatedLine,
  rateLines,
  rerate,
  type Run,
  sumOfRatios,
  totalOfLines,
  totalsOf,
} from "@tallybook/pricing";
import { Refused } from "../case.ts";
import type { About, Adapter, Family } from "../registry.ts";
import { policyOf, termsOf } from "../terms.ts";
import { exact, exactly, Fields, type Got, numberOf } from "../values.ts";

/** The whole line of a charge in a period or a piece of it. */
const rate_line: Adapter = (given, { system }) => {
  const fields = new Fields(given);
  const terms = termsOf(fields, system);
  const lines = rateLines(
    terms,
    {
      position: positionOf(fields.text("line_position")),
      quantity: fields.number("quantity"),
      quantityBefore: fields.numberOr("quantity_before_line", "0"),
      alreadyBilled: fields.numberOr("already_billed", "0"),
      credits: fields.each("credits").map((credit) => ({
        credit: credit.text("credit"),
        amount: credit.number("amount"),
      })),
    },
    policyOf(fields),
  );
  return {
    lines: lines.map((line) => ({ name: nameOf(terms, line.component), ...shownLine(line) })),
    total: exact(totalOfLines(lines)),
  };
};

/** Several runs over one service period, each billing what is new. */
const rerate_sequence: Adapter = (given, about) => {
  const fields = new Fields(given);
  return { runs: runsOf(fields, about).map(({ lines, totals }) => ({ lines, totals })) };
};

/** What the last of the runs bills. */
const rerate_delta: Adapter = (given, about) => runsOf(new Fields(given), about).at(-1);

function runsOf(
  fields: Fields,
  { system }: About,
): { readonly lines: Got; readonly totals: Got }[] {
  const terms = termsOf(fields, system);
  const policy = policyOf(fields);
  const booking = bookingOf(fields.text("policy"));
  const runs = fields.each("runs");
  const periods = runs.map((run) => run.text("period"));
  const booked: BookedLine[] = [];
  return runs.map((run, index) => {
    const isLast = index === runs.length - 1;
    const lines = rerate(
      terms,
      { usage: usageOf(run, periods, index), isLast },
      booked,
      booking,
      policy,
    );
    booked.push(...lines);
    return {
      lines: lines.map((line) => ({
        component: componentOf(terms, line.component),
        service_period: line.period,
        ...(line.isCorrection ? { corrects_period: line.period } : {}),
        ...(line.isReversal ? { reversal_of_billed_line: true } : {}),
        ...shownLine(line),
      })),
      totals: shownTotals(totalsOf(lines)),
    };
  });
}

function usageOf(run: Fields, periods: readonly string[], index: number): Run["usage"] {
  const period = periods[index] ?? "";
  if (run.has("cumulative_quantity")) {
    return [{ period, cumulative: run.number("cumulative_quantity") }];
  }
  return run.list("cumulative_quantity_by_period").map((each, place) => ({
    period: periods[place] ?? "",
    cumulative: numberOf(each, "cumulative_quantity_by_period"),
  }));
}

function shownLine(line: Omit<RatedLine, "credits"> & Partial<Pick<RatedLine, "credits">>) {
  const { component, amount, discounts, credits = [], total } = line;
  const isCommitment = component.part === "minimum";
  return {
    unit_amount: exact(component.unitAmount),
    quantity: exactly(component.quantity),
    amount: exact(amount),
    ...(isCommitment ? { category: "commitment", commitment_amount: exact(amount) } : {}),
    discount: exact(sumOfRatios(discounts.map((each) => each.amount))),
    discounts: discounts.map((each) => ({ reason: each.reason, amount: exact(each.amount) })),
    credit: exactly(sum(credits.map((each) => each.amount))),
    credits: credits.map((each) => ({ credit: each.credit, amount: exactly(each.amount) })),
    total: exact(total),
  };
}

function shownTotals({ amount, discount, commitment, total }: LineTotals): Got {
  return {
    amount: exact(amount),
    discount: exact(discount),
    commitment_amount: exact(commitment),
    total: exact(total),
  };
}

function nameOf({ charge }: LineTerms, { part, tier }: Component): string {
  switch (part) {
    case "minimum":
      return "minimum spend";
    case "flat":
      return tier === null ? "flat price" : `flat price for tier ${tier}`;
    case "cap":
      return `cap of tier ${tier}`;
    case "usage":
      if (tier === null) return "usage in period";
      return `${charge.model === "volume" ? "unit" : "usage"} price for tier ${tier}`;
  }
}

function componentOf({ charge }: LineTerms, { part, tier }: Component): string {
  if (part === "minimum") return "min-spend";
  switch (charge.model) {
    case "per_unit":
      return "unit-price-usage";
    case "volume":
      return part === "flat" ? "volume-flat-price" : "volume-tiered-price";
    case "graduated":
      return `graduated-tiered-${tier}-${part === "flat" ? "flat-price" : "price-usage"}`;
    case "flat":
      return "flat-price";
    case "package":
    case "dynamic":
    case "graduated_percentage":
    case "stairstep":
    case "block_tiers":
      return "usage";
  }
}

function positionOf(text: string): LinePosition {
  switch (text) {
    case "whole_period":
    case "first_split":
    case "middle_split":
    case "last_split":
      return text;
    default:
      throw new Refused(`no position ${text}`);
  }
}

function bookingOf(text: string): Booking {
  switch (text) {
    case "book_on_current_period":
      return "current_period";
    case "book_on_original_period":
      return "original_period";
    default:
      throw new Refused(`no policy ${text}`);
  }
}

export const lines: Family = {
  adapters: { rate_line, rerate_sequence, rerate_delta },
  unordered: ["lines"],
};
