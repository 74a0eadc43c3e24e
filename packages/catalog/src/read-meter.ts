import { currency as currencyOf } from "@tallybook/money";
import type { MeterDraft } from "./document.ts";
import { Entry, textOf } from "./entry.ts";
import type { Aggregation, FilterTerm } from "./facts.ts";
import type { Faults } from "./faults.ts";
import { readMeterTerms } from "./read-meter-terms.ts";
import { faultRepeats } from "./repeats.ts";

export const aggregations = [
  "sum",
  "count",
  "max",
  "min",
  "latest",
  "unique",
  "average",
  "weighted_sum",
  "percentile",
  "composite",
] as const;

export function readMeter(json: unknown, at: string, faults: Faults): MeterDraft {
  const entry = new Entry(json, at, faults);
  const aggregation = entry.oneOf("aggregation", aggregations);
  const meter = entry.text("meter", "name");
  const event_type = entry.textOrNull("event_type", "id");
  const draft = {
    meter,
    event_type: event_type ?? "",
    aggregation: aggregation ?? "count",
    value_property: entry.textOrNull("value_property", "id"),
    filter: entry.list("filter", readTerm),
    dimensions: entry.list("dimensions", readDimension),
    slot: entry.oneOfOrNull("slot", ["hour", "quarter_hour"]) ?? ("hour" as const),
    currency: entry.textOrNull("currency", "id"),
    ...readMeterTerms(entry, aggregation),
    effective_at: entry.timeOrNull("effective_at"),
    history: entry.oneOfOrNull("history", ["fill", "none"]),
    archived: entry.flag("archived"),
  };
  entry.end();
  if (aggregation === "composite") faultMeasuring(entry, draft, event_type);
  else if (event_type === null) entry.fault("event_type", "missing", "it is required");
  checkValueProperty(entry, aggregation, draft.value_property);
  checkCurrency(entry, aggregation, draft.currency);
  faultRepeats(entry.path("dimensions"), draft.dimensions, (name) => name, "", faults);
  return draft;
}

/** A composite is made of what others measure. */
function faultMeasuring(
  entry: Entry,
  { filter, slot, history }: Pick<MeterDraft, "filter" | "slot" | "history">,
  event_type: string | null,
): void {
  const detail = "a composite measures nothing itself: leave it out, and say it of its parts";
  if (event_type !== null) entry.fault("event_type", "not_of_composite", detail);
  if (filter.length > 0) entry.fault("filter", "not_of_composite", detail);
  if (slot !== "hour") entry.fault("slot", "not_of_composite", detail);
  if (history === "fill") entry.fault("history", "not_of_composite", detail);
}

function checkValueProperty(
  entry: Entry,
  aggregation: Aggregation | undefined,
  property: string | null,
): void {
  if (aggregation === undefined) return;
  if (aggregation === "count" || aggregation === "composite") {
    if (property === null) return;
    const detail =
      aggregation === "count"
        ? "a count looks at no values: leave it out, or use aggregation sum or unique instead"
        : "a composite looks at no values: leave it out, and say it of its parts";
    entry.fault("value_property", `not_of_${aggregation}`, detail);
  } else if (property === null) {
    const detail = `it is required: the property ${needsByAggregation[aggregation]}`;
    entry.fault("value_property", "missing", detail);
  }
}

const needsByAggregation: Readonly<Record<Exclude<Aggregation, "count" | "composite">, string>> = {
  sum: "whose numbers are added up",
  max: "whose highest number counts",
  min: "whose lowest number counts",
  latest: "whose latest number counts",
  unique: "whose distinct values are counted",
  average: "whose numbers are averaged",
  weighted_sum: "that says what is held, or by how much it changes",
  percentile: "whose numbers are read",
};

/** Money is added up, and nothing else is made of it. */
function checkCurrency(
  entry: Entry,
  aggregation: Aggregation | undefined,
  code: string | null,
): void {
  if (code === null) return;
  if (currencyOf(code) === undefined) {
    const detail = "it must be a currency code of ISO 4217 in capitals, such as USD";
    entry.fault("currency", "unknown_currency", detail);
  } else if (aggregation !== undefined && aggregation !== "sum") {
    const detail = `only a sum is of money: leave it out, or use aggregation sum instead of ${aggregation}`;
    entry.fault("currency", "not_of_aggregation", detail);
  }
}

function readTerm(json: unknown, at: string, faults: Faults): FilterTerm {
  const entry = new Entry(json, at, faults);
  const term = {
    property: entry.text("property", "id"),
    any_of: entry.list("any_of", (text, at, faults) => textOf(text, at, "id", faults)),
  };
  entry.end();
  if (term.any_of.length === 0) {
    entry.fault("any_of", "missing", "it needs at least one text, or no event is measured");
  }
  return term;
}

function readDimension(json: unknown, at: string, faults: Faults): string {
  return textOf(json, at, "name", faults);
}
