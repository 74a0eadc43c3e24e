import type { DecimalText } from "@tallybook/money";
import {
  aroundTexts,
  combinationKey,
  describePrice,
  explainedText,
  isByQuantity,
} from "@tallybook/pricing";
import { counted, rowText, windowText } from "@tallybook/pricing";
import type {
  ChargeSpec,
  Explained,
  ExplainedAround,
  ExplainedCosts,
  ExplainedEvents,
  ExplainedStep,
  QuantitySpec,
} from "@tallybook/pricing";

import { grouped } from "./numbers.ts";

/** A row that shows where a part of an amount comes from; what it is nested in, the deeper the more. */
export interface PartRow {
  readonly text: string;
  /** Empty where it is for none of its own. */
  readonly quantity: DecimalText;
  readonly amount: DecimalText;
}

/** What an amount is made of, in the order of its price; nothing where one multiplication says it all. */
export function partRows(explained: Explained, charge: ChargeSpec, currency: string): PartRow[] {
  switch (explained.of) {
    case "quantity":
      if (!isByQuantity(charge) || charge.model === "per_unit") return [];
      return explained.steps.map((step) => ({
        text: `${rangeText(step)}: ${stepRate(step, charge, currency)}`,
        quantity: step.quantity,
        amount: step.amount,
      }));
    case "events":
      return eventRows(explained, currency);
    case "costs":
      return costRows(explained, charge, currency);
    case "bulk": {
      const { raw, pieces, billable, amount } = explained;
      const text = `${grouped(raw)} units, rounded in ${counted(pieces, "piece")}, are ${grouped(billable)} to be billed`;
      const inner =
        charge.model === "bulk" ? partRows(explained.charge, charge.charge, currency) : [];
      return [{ text, quantity: billable, amount }, ...inner];
    }
    case "peaks":
      return [{ text: explainedText(explained, currency), quantity: "", amount: explained.amount }];
    case "around":
      return aroundRows(explained, charge, currency);
    case "times":
      return explained.windows.flatMap(({ window, charge: part }) =>
        nested(windowText(window), part, windowSpec(charge, window), currency),
      );
    case "combinations":
      return explained.rows.flatMap((row) =>
        nested(rowText(row), row.charge, rowSpec(charge, row), currency),
      );
  }
}

/** The charge in its parts, or as one of them, and then what each step adds. */
function aroundRows(
  { included, charge: part, steps }: ExplainedAround,
  spec: ChargeSpec,
  currency: string,
): PartRow[] {
  const inner = partRows(part, spec, currency);
  const quantity = part.of === "quantity" ? part.quantity : "";
  const charged: PartRow = {
    text: describePrice({ charge: spec }, currency),
    quantity,
    amount: part.amount,
  };
  return [
    ...(included === null ? [] : [{ text: "Included units", quantity: included, amount: "0" }]),
    ...(inner.length === 0 ? [charged] : inner),
    ...steps.map(({ step, amount }) => ({
      text: aroundTexts[step].replace(/^./, (first) => first.toUpperCase()),
      quantity: "",
      amount,
    })),
  ];
}

function nested(
  name: string,
  part: Explained,
  spec: ChargeSpec | null,
  currency: string,
): PartRow[] {
  const terms = spec === null ? "" : `: ${describePrice({ charge: spec }, currency)}`;
  const quantity = part.of === "quantity" ? part.quantity : "";
  const inner = spec === null ? [] : partRows(part, spec, currency);
  return [
    { text: `${name}${terms}`, quantity, amount: part.amount },
    ...inner.map((row) => ({ ...row, text: `${name}, ${row.text}` })),
  ];
}

function eventRows(
  { events, free_events, value, free_value, usage, fixed, bounds }: ExplainedEvents,
  currency: string,
): PartRow[] {
  const free = free_value === "0" ? "" : `, of which ${grouped(free_value)} ${currency} are free`;
  const frees = free_events === 0 ? "" : `, ${free_events} of them free`;
  return [
    {
      text: `Percentage of ${counted(events, "event")}${frees}, worth ${grouped(value)} ${currency}${free}`,
      quantity: value,
      amount: usage,
    },
    ...(fixed === "0" ? [] : [{ text: "Fixed part per event", quantity: "", amount: fixed }]),
    ...(bounds === "0" ? [] : [{ text: "Bounds per event", quantity: "", amount: bounds }]),
  ];
}

function costRows(
  { events, quantity, cost, markup, fixed }: ExplainedCosts,
  charge: ChargeSpec,
  currency: string,
): PartRow[] {
  const [percent, each] =
    charge.model === "cost_plus"
      ? [
          `, ${charge.markup_percent} %`,
          `, ${charge.fixed_amount_per_event ?? "0"} ${currency} per event`,
        ]
      : ["", ""];
  return [
    {
      text: `Passed through from the provider, ${counted(events, "event")}`,
      quantity,
      amount: cost,
    },
    { text: `Markup${percent}`, quantity: "", amount: markup },
    { text: `Fixed part${each}`, quantity: "", amount: fixed },
  ];
}

function windowSpec(charge: ChargeSpec, window: string | null): QuantitySpec | null {
  if (charge.model !== "time_windows") return null;
  if (window === null) return charge.otherwise;
  return charge.windows.find(({ name }) => name === window)?.charge ?? null;
}

function rowSpec(
  charge: ChargeSpec,
  row: { readonly dimensions: Readonly<Record<string, string>>; readonly is_default: boolean },
): ChargeSpec | null {
  if (charge.model !== "matrix") return null;
  if (row.is_default) return charge.default_row;
  const key = combinationKey(charge, row.dimensions);
  return (
    charge.rows.find((each) => combinationKey(charge, each.dimensions) === key)?.charge ?? null
  );
}

function rangeText({ from, up_to }: ExplainedStep): string {
  if (up_to === null) return from === "0" ? "every unit" : `above ${grouped(from)}`;
  return from === "0"
    ? `up to ${grouped(up_to)}`
    : `above ${grouped(from)}, up to ${grouped(up_to)}`;
}

/** What a step asks for, such as `1 USD once and 0.3 USD per 1,000,000 units`. */
function stepRate(step: ExplainedStep, charge: QuantitySpec, currency: string): string {
  const { unit_amount, flat_amount, capped } = step;
  const each =
    unit_amount === null || unit_amount === "0" ? [] : [unitRate(step, charge, currency)];
  const once =
    flat_amount === null || flat_amount === "0" ? [] : [`${grouped(flat_amount)} ${currency} once`];
  const cap = capped === "0" ? "" : `, less ${grouped(capped)} ${currency} above the cap`;
  return `${[...once, ...each].join(" and ") || "free"}${cap}`;
}

function unitRate(
  { unit_amount, per, tier }: ExplainedStep,
  charge: QuantitySpec,
  currency: string,
): string {
  const amount = grouped(unit_amount ?? "0");
  switch (charge.model) {
    case "graduated_percentage":
      return `${amount} %`;
    case "dynamic":
      return `times ${amount}`;
    case "package": {
      const units = charge.round === "up" ? "units begun" : "whole units";
      return `${amount} ${currency} per ${grouped(charge.package_size)} ${units}`;
    }
    case "block_tiers": {
      const size = charge.tiers[tier - 1]?.block_size ?? "1";
      return `${amount} ${currency} per ${grouped(size)} units begun`;
    }
    case "per_unit":
    case "flat":
    case "graduated":
    case "volume":
    case "stairstep":
      return `${amount} ${currency} per ${per === "1" ? "unit" : `${grouped(per)} units`}`;
  }
}
