import { compare, decimal, isNegative, isZero, readQuantity, toText } from "@tallybook/money";
import type { DecimalText } from "@tallybook/money";
import type { MeterDraft } from "./document.ts";
import { Entry } from "./entry.ts";
import type { Aggregation, MeterPart, MeterRounding } from "./facts.ts";
import type { Faults } from "./faults.ts";
import { faultRepeats } from "./repeats.ts";

/** What says how a meter's quantity is made, besides its aggregation. */
type MeterTerms = Pick<
  MeterDraft,
  "rounding" | "held" | "percent" | "sample_seconds" | "combining" | "parts" | "group_property"
>;

type Term = Exclude<keyof MeterTerms, "rounding">;

const sampleSecondsUsual = 300;
const hourSeconds = 3_600;
const decimalsMax = 12;

/** Reads them, and faults what the aggregation lacks and what is another's. */
export function readMeterTerms(entry: Entry, aggregation: Aggregation | undefined): MeterTerms {
  const terms = {
    rounding: entry.objectOrNull("rounding", readRounding),
    held: entry.oneOfOrNull("held", ["changes", "levels"]),
    percent: readPercent(entry),
    sample_seconds: readSampleSeconds(entry),
    combining: entry.oneOfOrNull("combining", ["sum", "max", "latest"]),
    parts: entry.list("parts", readPart),
    group_property: entry.textOrNull("group_property", "id"),
  };
  faultRepeats(entry.path("parts"), terms.parts, ({ meter }) => meter, "meter", entry.faults);
  if (aggregation === undefined) return terms;
  for (const [term, { of, needs }] of Object.entries(termsBy) as [Term, TermRule][]) {
    const isGiven = term === "parts" ? terms.parts.length > 0 : terms[term] !== null;
    if (isGiven && aggregation !== of) {
      const detail = `only a ${of} has it: leave it out, or use aggregation ${of} instead of ${aggregation}`;
      entry.fault(term, "not_of_aggregation", detail);
    } else if (!isGiven && aggregation === of && needs !== null) {
      entry.fault(term, "missing", `it is required: ${needs}`);
    }
  }
  return aggregation === "percentile"
    ? { ...terms, sample_seconds: terms.sample_seconds ?? sampleSecondsUsual }
    : terms;
}

interface TermRule {
  readonly of: Aggregation;
  /** What it says; null where it may be left out. */
  readonly needs: string | null;
}

const termsBy: Readonly<Record<Term, TermRule>> = {
  held: {
    of: "weighted_sum",
    needs:
      "changes where each event says how much more or less is held, levels where it says how much",
  },
  percent: { of: "percentile", needs: "such as 95" },
  sample_seconds: { of: "percentile", needs: null },
  combining: {
    of: "percentile",
    needs: "what several numbers of one sample are together: sum, max or latest",
  },
  parts: { of: "composite", needs: "the meters it is made of, each with its weight" },
  group_property: {
    of: "composite",
    needs: "the property that names what the parts belong to, such as run_id",
  },
};

function readRounding(json: unknown, at: string, faults: Faults): MeterRounding {
  const entry = new Entry(json, at, faults);
  const mode = entry.oneOf("mode", ["half_up", "ceiling", "floor"]);
  const decimals = entry.wholeOrNull("decimals") ?? 0;
  entry.end();
  if (decimals > decimalsMax) {
    const detail = `it must be a whole number from 0 to ${decimalsMax}; 0 where it is left out`;
    entry.fault("decimals", "out_of_range", detail);
  }
  return { mode: mode ?? "half_up", decimals };
}

function readPercent(entry: Entry): DecimalText | null {
  const text = entry.number("percent");
  if (text === null) return null;
  const read = readQuantity(text);
  if (
    !read.ok ||
    isNegative(read.value) ||
    isZero(read.value) ||
    compare(read.value, hundred) > 0
  ) {
    const detail = "it must be above 0 and at most 100, with at most 12 decimals, such as 99.9";
    entry.fault("percent", "out_of_range", detail);
    return "100";
  }
  return toText(read.value);
}

function readSampleSeconds(entry: Entry): number | null {
  const seconds = entry.wholeOrNull("sample_seconds");
  if (seconds === null) return null;
  if (seconds === 0 || hourSeconds % seconds !== 0) {
    // Then no sample stands in two slots, and no bound of a whole hour cuts one.
    const detail = `it must be a whole number of seconds that divides an hour, such as ${sampleSecondsUsual}`;
    entry.fault("sample_seconds", "out_of_range", detail);
    return sampleSecondsUsual;
  }
  return seconds;
}

function readPart(json: unknown, at: string, faults: Faults): MeterPart {
  const entry = new Entry(json, at, faults);
  const meter = entry.text("meter", "name");
  const text = entry.number("weight") ?? "1";
  entry.end();
  const read = readQuantity(text);
  if (read.ok && !isNegative(read.value) && !isZero(read.value))
    return { meter, weight: toText(read.value) };
  const detail = "it must be a number above zero with at most 12 decimals; 1 where it is left out";
  entry.fault("weight", "out_of_range", detail);
  return { meter, weight: "1" };
}

const hundred = decimal("100");
