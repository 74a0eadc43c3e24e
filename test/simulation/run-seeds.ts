import { decode, topics } from "@tallybook/wire";
import type { UsageReported } from "@tallybook/usage";
import type { Fact, FactOf } from "@tallybook/wire";
import { expect } from "vitest";

import { decidedAgain, expectedAgain } from "./decided-again.ts";
import { expectedOf, timeOf } from "./oracle.ts";
import type { Expected } from "./oracle.ts";
import { partitions } from "./traffic.ts";
import { runWorld } from "./world.ts";
import type { Outcome } from "./world.ts";

const seeds = Number(process.env["SIMULATION_SEEDS"] ?? 1_000);
const firstSeed = Number(process.env["SIMULATION_FIRST_SEED"] ?? 1);
const steps = 250;

/** What the tests are called by. */
export const seedsText = `seeds ${firstSeed} to ${firstSeed + seeds - 1}`;

/** Runs half of the seeds, with or without transactions, and holds what came of each to a naive reading of its log. */
export async function runSeeds({
  transactions,
}: {
  readonly transactions: boolean;
}): Promise<void> {
  let crashes = 0;
  let takeovers = 0;
  let corruptions = 0;
  let filledParts = 0;
  let corrections = 0;
  let correctedAgain = 0;
  let [backfilled, foundAgain] = [0, 0];
  const first = transactions ? firstSeed : firstSeed + seeds / 2;
  for (let seed = first; seed < first + seeds / 2; seed += 1) {
    const outcome = await runWorld({ seed, steps, transactions }).catch((error: unknown) => {
      throw new Error(`seed ${seed}`, { cause: error });
    });
    const expected = check(outcome, transactions, seed);
    if (seed % 10 === 0)
      expect(await decidedAgain(outcome.log), `seed ${seed}: decided again`).toEqual(
        expectedAgain(expected),
      );
    for (const { replaced, event, outcome: what, isExpired } of expected) {
      if (what === "accepted" && typeof event?.backfill === "string") backfilled += 1;
      if (isExpired === true) foundAgain += 1;
      if (replaced === undefined) continue;
      corrections += 1;
      if (replaced.event.target !== null) correctedAgain += 1;
    }
    crashes += outcome.crashes;
    takeovers += outcome.takeovers;
    corruptions += outcome.corruptions;
    filledParts += Object.keys(filledIn(outcome)).length;
  }
  // A simulation in which nothing went wrong would prove nothing.
  expect(crashes).toBeGreaterThan(seeds);
  expect(takeovers).toBeGreaterThan(seeds / 2);
  expect(corruptions).toBeGreaterThan(seeds);
  expect(filledParts).toBeGreaterThan(seeds / 2);
  expect(corrections).toBeGreaterThan(seeds);
  expect(correctedAgain).toBeGreaterThan(seeds / 20);
  expect(backfilled).toBeGreaterThan(seeds);
  expect(foundAgain).toBeGreaterThan(seeds / 4);
}

function check(outcome: Outcome, transactions: boolean, seed: number): readonly Expected[] {
  const expected = expectedOf(outcome.log);
  expect(outcome.columns.differences(outcome.log), `seed ${seed}: parts in the columns`).toEqual(
    [],
  );
  expect(decidedOf(outcome, transactions), `seed ${seed}: decisions`).toEqual(
    expected.map(shown).toSorted(),
  );
  expect(columnsOf(outcome), `seed ${seed}: rows in the columns`).toEqual(
    expected
      .filter(({ outcome: what }) => what === "accepted")
      .map(({ partition, offset, cut }) => `${partition}/${offset} in cut ${cut}`)
      .toSorted(),
  );
  expect(rolledUp(outcome), `seed ${seed}: rollups`).toEqual(measuredBy(outcome, expected));
  expect(filledIn(outcome), `seed ${seed}: what was filled in`).toEqual(
    missedBy(outcome, expected),
  );
  expect(cutsOf(outcome), `seed ${seed}: cuts`).toEqual([]);
  return expected;
}

function shown({
  partition,
  offset,
  cut,
  outcome,
  original,
}: Pick<Expected, "partition" | "offset" | "cut" | "outcome" | "original">): string {
  return `${partition}/${offset} in cut ${cut}: ${outcome}${original === undefined ? "" : ` of ${original}`}`;
}

/** Decisions on both topics, by source; a reader drops a source at or below the last it took. */
function decidedOf({ log }: Outcome, transactions: boolean): string[] {
  const decided: string[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    for (const topic of [topics.usageAccepted, topics.usageRejected]) {
      let taken = -1;
      for (const { value } of log.recordsOf(topic, partition)) {
        const fact = decode(value);
        if (
          fact.kind !== "UsageAccepted" &&
          fact.kind !== "UsageDuplicated" &&
          fact.kind !== "UsageRejected"
        )
          continue;
        if (transactions && fact.raw_offset <= taken)
          decided.push(`${partition}/${fact.raw_offset} stands twice on ${topic}`);
        if (fact.raw_offset <= taken) continue;
        taken = fact.raw_offset;
        decided.push(
          shown({ partition, offset: fact.raw_offset, cut: fact.cut, ...outcomeOf(fact) }),
        );
      }
    }
  }
  return decided.toSorted();
}

function outcomeOf(
  fact: FactOf<"UsageAccepted" | "UsageDuplicated" | "UsageRejected">,
): Pick<Expected, "outcome" | "original"> {
  switch (fact.kind) {
    case "UsageAccepted":
      return { outcome: "accepted", original: undefined };
    case "UsageDuplicated":
      return { outcome: "duplicate", original: fact.original_offset };
    case "UsageRejected":
      return { outcome: fact.verdict, original: fact.original_offset ?? undefined };
  }
}

function openedOf({ log }: Outcome): FactOf<"CutOpened">[] {
  return factsOf(log.recordsOf(topics.cuts, 0)).filter((fact) => fact.kind === "CutOpened");
}

function columnsOf(outcome: Outcome): string[] {
  const rows: string[] = [];
  for (const { cut } of openedOf(outcome)) {
    for (let partition = 0; partition < partitions; partition += 1) {
      for (const { event } of outcome.columns.rowsOf(cut, partition))
        rows.push(`${partition}/${event.raw_offset} in cut ${cut}`);
    }
  }
  return rows.toSorted();
}

/** Quantity and count per cut, tenant and meter, as the compared parts state them. */
function rolledUp({ log }: Outcome): Record<string, string> {
  const totals: Record<string, [number, number]> = {};
  const seen = new Set<string>();
  for (const fact of factsOf(log.recordsOf(topics.cuts, 0))) {
    if (fact.kind !== "PartCompared" || seen.has(`${fact.cut}/${fact.partition}`)) continue;
    seen.add(`${fact.cut}/${fact.partition}`);
    for (const { tenant, quantities } of fact.tenants) {
      for (const { meter, quantity, count } of quantities)
        addTo(totals, `cut ${fact.cut} ${tenant} ${meter}`, Number(quantity), count);
    }
  }
  return shownTotals(totals);
}

/** The same from the events, by the meters known at the barrier before their cut. */
function measuredBy(outcome: Outcome, expected: readonly Expected[]): Record<string, string> {
  const catalog = factsOf(outcome.log.recordsOf(topics.catalog, 0));
  const opened = openedOf(outcome);
  const totals: Record<string, [number, number]> = {};
  for (const { cut, event, outcome: what, replaced } of expected) {
    const before = opened[cut - 1];
    if (what !== "accepted" || event === undefined || before === undefined) continue;
    for (const name of ["tokens", "calls"]) {
      const add = (value: number) =>
        Number.isNaN(value)
          ? undefined
          : addTo(totals, `cut ${cut} ${event.tenant} ${name}`, value, 1);
      if (event.correction?.retracts !== true)
        add(valueAt(event, timeOf(event, before.time), versionsOf(name, before.catalog_offset)));
      if (replaced === undefined) continue;
      const first = opened[replaced.cut - 1]?.catalog_offset ?? 0;
      const known = versionsOf(name, first);
      const filled = catalog.findIndex(
        (fact, at) =>
          fact.kind === "MeterFillRequested" &&
          at < before.catalog_offset &&
          fact.tenant === event.tenant &&
          fact.meter === name,
      );
      const request = catalog[filled] as FactOf<"MeterFillRequested"> | undefined;
      const versions = known(event.tenant);
      const isFilled = versions.length === 0 && request !== undefined;
      const by = isFilled
        ? () =>
            catalog.filter(
              (fact) => fact.kind === "MeterPublished" && fact.version === request.version,
            )
        : known;
      add(-valueAt(replaced.event, replaced.time ?? NaN, by as typeof known));
    }
  }
  return shownTotals(totals);

  function versionsOf(name: string, offset: number) {
    return (tenant: string) =>
      catalog
        .slice(0, offset)
        .filter(
          (fact) => fact.kind === "MeterPublished" && fact.tenant === tenant && fact.meter === name,
        ) as FactOf<"MeterPublished">[];
  }
}

/** What the version that is in effect at the time reads; NaN where there is none, or it does not measure the event. */
function valueAt(
  event: UsageReported,
  time: number,
  versionsOf: (tenant: string) => readonly FactOf<"MeterPublished">[],
): number {
  const [meter] = versionsOf(event.tenant)
    .filter((fact) => fact.effective_at <= time)
    .toSorted((one, other) => other.effective_at - one.effective_at || other.version - one.version);
  return meter === undefined ? NaN : valueOf(event, meter);
}

/** What a meter of the simulation reads from an event; NaN where it does not measure it. */
function valueOf(
  { type, properties }: UsageReported,
  { filter }: FactOf<"MeterPublished">,
): number {
  const isOwn = type === "llm" && (filter.length === 0 || properties["model"] !== "z");
  return isOwn ? Number(properties["n"]) : NaN;
}

/** Quantity and count per cut, tenant and meter that were filled in, of each part as it was said first. */
function filledIn({ log }: Outcome): Record<string, string> {
  const totals: Record<string, [number, number]> = {};
  const seen = new Set<string>();
  for (const fact of factsOf(log.recordsOf(topics.cuts, 0))) {
    if (fact.kind !== "PartFilled" || fact.measured === 0) continue;
    const { cut, partition, tenant, meter, quantity, measured } = fact;
    const name = `cut ${cut} ${tenant} ${meter}`;
    if (seen.has(`${name}/${partition}`)) continue;
    seen.add(`${name}/${partition}`);
    addTo(totals, name, Number(quantity), measured);
  }
  return shownTotals(totals);
}

/** The same from the events: those whose cut was open before the meter was known at a barrier, of histories that were asked for. */
function missedBy(outcome: Outcome, expected: readonly Expected[]): Record<string, string> {
  const catalog = factsOf(outcome.log.recordsOf(topics.catalog, 0));
  const opened = openedOf(outcome);
  const totals: Record<string, [number, number]> = {};
  for (const request of catalog.filter((fact) => fact.kind === "MeterFillRequested")) {
    const at = catalog.findIndex(
      (fact) => fact.kind === "MeterPublished" && fact.version === request.version,
    );
    const meter = catalog[at] as FactOf<"MeterPublished">;
    // What was corrected by who knew the meter, and not that its history would be filled, counts no more.
    const asked = catalog.indexOf(request);
    const replacedUnaware = new Set(
      expected
        .filter(({ cut }) => {
          const known = opened[cut - 1]?.catalog_offset ?? 0;
          return known > at && known <= asked;
        })
        .map(({ partition, replaced }) => `${partition}/${replaced?.offset}`),
    );
    for (const { cut, event, outcome: what, replaced, partition, offset } of expected) {
      const before = opened[cut - 1];
      if (what !== "accepted" || event === undefined || before === undefined) continue;
      if (event.tenant !== meter.tenant || before.catalog_offset > at) continue;
      const add = (value: number) =>
        Number.isNaN(value)
          ? undefined
          : addTo(totals, `cut ${cut} ${meter.tenant} ${meter.meter}`, value, 1);
      if (event.correction?.retracts !== true && !replacedUnaware.has(`${partition}/${offset}`))
        add(valueAt(event, timeOf(event, before.time), () => [meter]));
      if (replaced !== undefined)
        add(-valueAt(replaced.event, replaced.time ?? NaN, () => [meter]));
    }
  }
  return shownTotals(totals);
}

function addTo(
  totals: Record<string, [number, number]>,
  name: string,
  quantity: number,
  count: number,
): void {
  const before = totals[name] ?? [0, 0];
  totals[name] = [before[0] + quantity, before[1] + count];
}

function shownTotals(totals: Record<string, [number, number]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(totals).map(([name, [quantity, count]]) => [name, `${quantity} in ${count}`]),
  );
}

/** What is wrong with the cuts: every number once and in order, every part there, and repeats the same to the byte. */
function cutsOf(outcome: Outcome): string[] {
  const wrong: string[] = [];
  const bytesByName = new Map<string, string>();
  for (const { value } of outcome.log.recordsOf(topics.cuts, 0)) {
    const fact = decode(value);
    const name = nameOf(fact);
    const bytes = value.toString("hex");
    if (bytesByName.has(name) && bytesByName.get(name) !== bytes)
      wrong.push(`${name} is there with two contents`);
    bytesByName.set(name, bytes);
  }
  const last = openedOf(outcome).at(-1)?.cut ?? -1;
  for (let cut = 0; cut <= last; cut += 1) {
    for (const kind of ["CutOpened", "CutPlaced", "CutClosed"])
      if (!bytesByName.has(`${kind} ${cut}`)) wrong.push(`${kind} ${cut} is missing`);
    for (let partition = 0; partition < partitions; partition += 1)
      if (!bytesByName.has(`PartCompared ${cut}/${partition}`))
        wrong.push(`part ${cut}/${partition} is missing`);
  }
  return wrong;
}

function nameOf(fact: Fact): string {
  switch (fact.kind) {
    case "CutOpened":
    case "CutPlaced":
    case "CutClosed":
      return `${fact.kind} ${fact.cut}`;
    case "PartCompared":
      return `${fact.kind} ${fact.cut}/${fact.partition}`;
    case "FillBegun":
      return `${fact.kind} ${fact.tenant}/${fact.meter}`;
    case "FillEnded":
      return `${fact.kind} ${fact.partition}/${fact.tenant}/${fact.meter}`;
    case "PartFilled":
      return `${fact.kind} ${fact.cut}/${fact.partition}/${fact.tenant}/${fact.meter}`;
    case "PartRepairBegun":
    case "PartRepaired":
      return `${fact.kind} ${fact.cut}/${fact.partition}/${fact.repair}`;
    default:
      return fact.kind;
  }
}

function factsOf(records: readonly { readonly value: Buffer }[]): Fact[] {
  return records.map(({ value }) => decode(value));
}
