import { compare, decimal, readQuantity, toText } from "@tallybook/money";
import { MICROS_PER_DAY, type Micros } from "@tallybook/periods";
import { Entry } from "./entry.ts";
import type { AddOn, Covered, Terms } from "./facts.ts";
import type { Faults } from "./faults.ts";
import { faultRepeats } from "./repeats.ts";
import { changedTerms, type TermsChange } from "./timeline.ts";

/** What a trial may cover; fixed fees unless it says so. */
const trialCovers = ["fixed_fees", "everything"] as const satisfies readonly Covered[];

/** What a subscription is on from its start: its plan, how many, what beside it, a trial first, and phases that follow. */
export function readTimeline(entry: Entry, plan: string, start: Micros): readonly Terms[] {
  const quantity = readUnits(entry) ?? "1";
  const add_ons = readAddOns(entry) ?? [];
  const trial = entry.objectOrNull("trial", (json, at, faults) =>
    readTrial(json, at, faults, start),
  );
  const phases = entry.list("phases", readPhase);
  const paid = { plan, quantity, add_ons, paused: false, covered: "nothing" } as const;
  const covered = { ...paid, from: start, covered: trial?.covers ?? "fixed_fees" };
  let terms: readonly Terms[] =
    trial === null ? [{ ...paid, from: start }] : [covered, { ...paid, from: trial.end }];
  for (const [index, { at, change }] of phases.entries()) {
    if (at <= Math.max(start, phases[index - 1]?.at ?? start)) {
      const detail = "it must be after the start, and after the phase before it";
      entry.fault(`phases[${index}].at`, "not_after_start", detail);
    } else {
      const kept = terms.filter(({ from }) => from < at);
      terms = [...kept, ...(changedTerms(terms, at, change) ?? [])];
    }
  }
  return terms;
}

/** What of terms a change names; what is left out stays. */
export function readChange(entry: Entry): TermsChange {
  const plan = entry.textOrNull("plan", "name");
  const quantity = readUnits(entry);
  const add_ons = readAddOns(entry);
  return {
    ...(plan === null ? undefined : { plan }),
    ...(quantity === null ? undefined : { quantity }),
    ...(add_ons === null ? undefined : { add_ons }),
  };
}

function readTrial(json: unknown, at: string, faults: Faults, start: Micros) {
  const entry = new Entry(json, at, faults);
  const days = entry.wholeOrNull("days");
  const until = entry.timeOrNull("end");
  const covers = entry.oneOfOrNull("covers", trialCovers) ?? "fixed_fees";
  entry.end();
  const end = until ?? start + (days ?? 0) * MICROS_PER_DAY;
  if ((days === null) === (until === null))
    entry.fault("days", "missing", "say how long it is: either days or an end");
  else if (end <= start)
    entry.fault(days === null ? "end" : "days", "not_after_start", "it must end after the start");
  return { end, covers };
}

function readPhase(json: unknown, at: string, faults: Faults) {
  const entry = new Entry(json, at, faults);
  const phase = { at: entry.time("at"), change: readChange(entry) };
  entry.end();
  if (Object.keys(phase.change).length === 0)
    entry.fault("plan", "missing", "say what changes: plan, quantity or add_ons");
  return phase;
}

/** Above zero; null where nothing is said. */
function readUnits(entry: Entry): string | null {
  const text = entry.number("quantity");
  if (text === null) return null;
  const read = readQuantity(text);
  if (read.ok && compare(read.value, decimal("0")) > 0) return toText(read.value);
  const detail = "it must be a number above 0, with at most 12 decimals and below 1e18";
  entry.fault("quantity", "not_a_quantity", detail);
  return "1";
}

function readAddOns(entry: Entry): readonly AddOn[] | null {
  if (!entry.has("add_ons")) return null;
  const addOns = entry.list("add_ons", readAddOn);
  faultRepeats(entry.path("add_ons"), addOns, ({ plan }) => plan, "plan", entry.faults);
  return addOns;
}

/** `{ plan, quantity }`, or the plan alone for one of it. */
function readAddOn(json: unknown, at: string, faults: Faults): AddOn {
  const entry = new Entry(typeof json === "string" ? { plan: json } : json, at, faults);
  const addOn = { plan: entry.text("plan", "name"), quantity: readUnits(entry) ?? "1" };
  entry.end();
  return addOn;
}
