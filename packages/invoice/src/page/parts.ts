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

import type { Words } from "../words/words.ts";
import { grouped } from "./numbers.ts";

/** A row that shows where a part of an amount comes from; what it is nested in, the deeper the more. */
export interface PartRow {
  readonly text: string;
  /** Empty where it is for none of its own. */
  readonly quantity: DecimalText;
  readonly amount: DecimalText;
}

/** What an amount is made of, in the order of its price; nothing where one multiplication says it all. */
export function partRows(
  explained: Explained,
  charge: ChargeSpec,
  currency: string,
  words: Words,
): PartRow[] {
  switch (explained.of) {
    case "quantity":
      if (!isByQuantity(charge) || charge.model === "per_unit") return [];
      return explained.steps.map((step) => ({
        text: `${rangeText(step, words)}: ${stepRate(step, charge, currency, words)}`,
        quantity: step.quantity,
        amount: step.amount,
      }));
    case "events":
      return eventRows(explained, currency, words);
    case "costs":
      return costRows(explained, charge, currency);
    case "bulk": {
      const { raw, pieces, billable, amount } = explained;
      const text = `${grouped(raw, words)} units, rounded in ${counted(pieces, "piece")}, are ${grouped(billable, words)} to be billed`;
      const inner =
        charge.model === "bulk" ? partRows(explained.charge, charge.charge, currency, words) : [];
      return [{ text, quantity: billable, amount }, ...inner];
    }
    case "peaks":
      return [{ text: explainedText(explained, currency), quantity: "", amount: explained.amount }];
    case "around":
      return aroundRows(explained, charge, currency, words);
    case "times":
      return explained.windows.flatMap(({ window, charge: part }) =>
        nested(windowText(window), part, windowSpec(charge, window), currency, words),
      );
    case "combinations":
      return explained.rows.flatMap((row) =>
        nested(rowText(row), row.charge, rowSpec(charge, row), currency, words),
      );
  }
}

/** The charge in its parts, or as one of them, and then what each step adds. */
function aroundRows(
  { included, charge: part, steps }: ExplainedAround,
  spec: ChargeSpec,
  currency: string,
  words: Words,
): PartRow[] {
  const inner = partRows(part, spec, currency, words);
  const quantity = part.of === "quantity" ? part.quantity : "";
  const charged: PartRow = {
    text: describePrice({ charge: spec }, currency),
    quantity,
    amount: part.amount,
  };
  return [
    ...(included === null ? [] : [{ text: words.includedUnits, quantity: included, amount: "0" }]),
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
  words: Words,
): PartRow[] {
  const terms = spec === null ? "" : `: ${describePrice({ charge: spec }, currency)}`;
  const quantity = part.of === "quantity" ? part.quantity : "";
  const inner = spec === null ? [] : partRows(part, spec, currency, words);
  return [
    { text: `${name}${terms}`, quantity, amount: part.amount },
    ...inner.map((row) => ({ ...row, text: `${name}, ${row.text}` })),
  ];
}

function eventRows(
  { events, free_events, value, free_value, usage, fixed, bounds }: ExplainedEvents,
  currency: string,
  words: Words,
): PartRow[] {
  const free =
    free_value === "0" ? "" : `, of which ${grouped(free_value, words)} ${currency} are free`;
  const frees = free_events === 0 ? "" : `, ${free_events} of them free`;
  return [
    {
      text: `Percentage of ${counted(events, "event")}${frees}, worth ${grouped(value, words)} ${currency}${free}`,
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

function rangeText({ from, up_to }: ExplainedStep, words: Words): string {
  if (up_to === null) return from === "0" ? words.everyUnit : words.above(grouped(from, words));
  return from === "0"
    ? words.upTo(grouped(up_to, words))
    : words.between(grouped(from, words), grouped(up_to, words));
}

/** What a step asks for, such as `1 USD once and 0.3 USD per 1,000,000 units`. */
function stepRate(
  step: ExplainedStep,
  charge: QuantitySpec,
  currency: string,
  words: Words,
): string {
  const { unit_amount, flat_amount, capped } = step;
  const amount = (of: string) => `${grouped(of, words)} ${currency}`;
  const isNothing = (of: string | null) => of === null || of === "0";
  return words.rate({
    once: isNothing(flat_amount) ? undefined : words.once(amount(flat_amount ?? "0")),
    each: isNothing(unit_amount) ? undefined : unitRate(step, charge, currency, words),
    capped: capped === "0" ? undefined : amount(capped),
  });
}

function unitRate(
  { unit_amount, per, tier }: ExplainedStep,
  charge: QuantitySpec,
  currency: string,
  words: Words,
): string {
  const number = grouped(unit_amount ?? "0", words);
  const amount = `${number} ${currency}`;
  switch (charge.model) {
    case "graduated_percentage":
      return `${number} %`;
    case "dynamic":
      return words.times(number);
    case "package": {
      const units = grouped(charge.package_size, words);
      return charge.round === "up"
        ? words.perUnitsBegun(amount, units)
        : words.perWholeUnits(amount, units);
    }
    case "block_tiers":
      return words.perUnitsBegun(amount, grouped(charge.tiers[tier - 1]?.block_size ?? "1", words));
    case "per_unit":
    case "flat":
    case "graduated":
    case "volume":
    case "stairstep":
      return words.perUnits(amount, per === "1" ? null : grouped(per, words));
  }
}
