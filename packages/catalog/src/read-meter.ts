import type { MeterDraft } from "./document.ts";
import { Entry, textOf } from "./entry.ts";
import type { Aggregation, FilterTerm } from "./facts.ts";
import type { Faults } from "./faults.ts";
import { faultRepeats } from "./repeats.ts";

const aggregations = ["sum", "count", "max", "min", "latest", "unique", "average"] as const;

export function readMeter(json: unknown, at: string, faults: Faults): MeterDraft {
  const entry = new Entry(json, at, faults);
  const aggregation = entry.oneOf("aggregation", aggregations);
  const draft = {
    meter: entry.text("meter", "name"),
    event_type: entry.text("event_type", "id"),
    aggregation: aggregation ?? "count",
    value_property: entry.textOrNull("value_property", "id"),
    filter: entry.list("filter", readTerm),
    dimensions: entry.list("dimensions", readDimension),
    effective_at: entry.timeOrNull("effective_at"),
  };
  entry.end();
  checkValueProperty(entry, aggregation, draft.value_property);
  faultRepeats(entry.path("dimensions"), draft.dimensions, (name) => name, "", faults);
  return draft;
}

function checkValueProperty(
  entry: Entry,
  aggregation: Aggregation | undefined,
  property: string | null,
): void {
  if (aggregation === undefined) return;
  if (aggregation !== "count" && property === null) {
    const detail = `it is required: the property ${needsByAggregation[aggregation]}`;
    entry.fault("value_property", "missing", detail);
  }
  if (aggregation === "count" && property !== null) {
    const detail =
      "a count looks at no values: leave it out, or use aggregation sum or unique instead";
    entry.fault("value_property", "not_of_count", detail);
  }
}

const needsByAggregation: Readonly<Record<Exclude<Aggregation, "count">, string>> = {
  sum: "whose numbers are added up",
  max: "whose highest number counts",
  min: "whose lowest number counts",
  latest: "whose latest number counts",
  unique: "whose distinct values are counted",
  average: "whose numbers are averaged",
};

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
