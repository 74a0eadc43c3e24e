import type { KeyObject } from "node:crypto";

import { readAll } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import type { Micros } from "@tallybook/periods";
import { createPartControl, isSigned, tenantNamed, usageRowOf } from "@tallybook/usage";
import type {
  Measurement,
  PartControl,
  PartFilled,
  RejectedFact,
  TenantControl,
  UsageAccepted,
  UsageRow,
} from "@tallybook/usage";
import { decode, topics, Undecodable } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";

import type { Books } from "./books.ts";
import { isSameEvent } from "./events.ts";
import { fillAgain, knownFills, readReplaced } from "./filled.ts";
import type { FilledAgain } from "./filled.ts";
import { measureAgain } from "./measured.ts";
import type { Sheet } from "./sheet.ts";
import { createUseTallies, rangeOf, useOf } from "./tallies.ts";
import type { UseTallies } from "./tallies.ts";

/** What the usage topics hold up to a cut, taken from the log alone. */
export interface Road {
  readonly parts: LogPart[];
  /** What was measured, by tenant: by the use of a customer and meter in a month of UTC. */
  readonly measured: Map<string, UseTallies>;
  /** First and last slot with usage, by tenant. */
  readonly slots: Map<string, { from: Micros; to: Micros }>;
  /** Counts by tenant and outcome. */
  readonly outcomes: Map<string, Map<OutcomeName, number>>;
  /** Counts by tenant and reason. */
  readonly refused: Map<string, Map<string, number>>;
  readonly unmeasurable: Map<string, Map<string, number>>;
  /** Uses of what does not add up, of which something was taken back, by tenant. */
  readonly touched: Map<string, Set<string>>;
}

export type OutcomeName = "accepted" | "duplicates" | "conflicts" | "refused";

/** A part as the log has it, measured again. */
export interface LogPart {
  readonly cut: number;
  readonly partition: number;
  /** As its cut was compared. */
  readonly tenants: readonly TenantControl[];
  /** What was added to it since, by the fills that are known. */
  readonly filled: readonly PartFilled[];
}

const received = "received = accepted + duplicates + conflicts + refused";
const content = "accepted events = the same content in usage.raw";

/**
 * Goes along the usage topics, a partition at a time: every data record of `usage.raw` must have exactly one outcome, by
 * its source; what was accepted is measured again. A source at or below the last one taken of its topic is a repeat.
 */
export async function walkRoad(
  log: Log,
  books: Books,
  cut: number,
  publicKey: KeyObject,
  sheet: Sheet,
): Promise<Road> {
  const road: Road = {
    parts: [],
    measured: new Map(),
    slots: new Map(),
    outcomes: new Map(),
    refused: new Map(),
    unmeasurable: new Map(),
    touched: new Map(),
  };
  for (let partition = 0; partition < (books.cuts.deployment?.partitions ?? 0); partition += 1) {
    await walkPartition(log, books, { cut, partition, publicKey }, { road, sheet });
  }
  await measureTouched(log, books, cut, road);
  return road;
}

async function walkPartition(
  log: Log,
  books: Books,
  {
    cut,
    partition,
    publicKey,
  }: { readonly cut: number; readonly partition: number; readonly publicKey: KeyObject },
  { road, sheet }: { readonly road: Road; readonly sheet: Sheet },
): Promise<void> {
  const last = books.cuts.parts[cut]?.get(partition);
  if (last === undefined) throw new Error(`cut ${cut} has no part of partition ${partition}`);
  const outcomes = [
    outcomesOf<UsageAccepted>(
      log,
      topics.usageAccepted,
      partition,
      (fact) => fact.kind === "UsageAccepted",
    ),
    outcomesOf<RejectedFact>(
      log,
      topics.usageRejected,
      partition,
      (fact) => fact.kind === "UsageRejected" || fact.kind === "UsageDuplicated",
    ),
  ];
  const controls = Array.from({ length: cut + 1 }, createPartControl);
  const fills = knownFills(books, cut);
  const filled = fillAgain(fills, partition, await readReplaced(log, fills, partition));
  /** Records with their one outcome, by tenant and cut; what is not so is compared one by one. */
  const paired = new Map<string, Map<number, number>>();
  const equal = new Map<string, Map<number, number>>();
  let open = 0;

  function compareStrays(strays: readonly Outcome[]): void {
    for (const { tenant, cut: of, raw_offset } of strays) {
      sheet.compare(
        { tenant, name: received, cut: of, what: `partition ${partition}, offset ${raw_offset}` },
        0,
        1,
      );
    }
  }

  for await (const record of readAll(log, topics.usageRaw, partition, {
    to: last.raw_end_offset + 1,
  })) {
    const fact = read(record.value);
    if (
      fact?.kind === "BarrierPlaced" &&
      fact.partition === partition &&
      isSigned(fact, publicKey)
    ) {
      if (fact.cut === open) open += 1;
      continue;
    }
    const place = {
      tenant: tenantOf(fact),
      name: received,
      cut: open,
      what: `partition ${partition}, offset ${record.offset}`,
    };
    const taken = await takeUpTo(outcomes, record.offset);
    for (const outcome of taken)
      takeOutcome(outcome, { control: controls[outcome.cut], filled, partition }, books, road);
    const isOwn = ({ raw_offset, tenant, cut: of }: Outcome) =>
      raw_offset === record.offset && tenant === place.tenant && of === open;
    const own = taken.filter(isOwn);
    if (own.length === 1) count(paired, place.tenant, open);
    else sheet.compare(place, 1, own.length);
    compareStrays(taken.filter((outcome) => !isOwn(outcome)));
    const [outcome] = own;
    if (outcome?.kind !== "UsageAccepted") continue;
    if (fact?.kind === "UsageReported" && isSameEvent(fact, outcome))
      count(equal, place.tenant, open);
    else sheet.compare({ ...place, name: content }, 1, 0);
  }
  compareStrays(await takeUpTo(outcomes, last.raw_end_offset));
  compareCounts(sheet, received, paired);
  compareCounts(sheet, content, equal);
  for (const [index, control] of controls.entries())
    road.parts.push({
      cut: index,
      partition,
      tenants: control.totals(),
      filled: filled.partsOf(index),
    });
}

/** The part that an outcome is of. */
interface OwnPart {
  readonly control: PartControl | undefined;
  readonly filled: FilledAgain;
  readonly partition: number;
}

function takeOutcome(outcome: Outcome, part: OwnPart, books: Books, road: Road): void {
  switch (outcome.kind) {
    case "UsageAccepted":
      count(road.outcomes, outcome.tenant, "accepted");
      return takeAccepted(outcome, part, books, road);
    case "UsageRejected":
      count(
        road.outcomes,
        outcome.tenant,
        outcome.verdict === "conflict" ? "conflicts" : "refused",
      );
      return count(road.refused, outcome.tenant, outcome.reason);
    case "UsageDuplicated":
      return count(road.outcomes, outcome.tenant, "duplicates");
  }
}

// By the meters that were known at the barrier before the event's cut, and by those whose history was filled.
function takeAccepted(
  event: UsageAccepted,
  { control, filled, partition }: OwnPart,
  books: Books,
  road: Road,
): void {
  const measured = measureAgain(event, partition, books);
  control?.add(event, measured);
  for (const each of [measured, ...filled.measure(event, measured.outcome)]) {
    if (each.outcome === "unmeasurable") count(road.unmeasurable, event.tenant, each.reason);
    for (const measurement of each.measurements) takeUse(measurement, event, partition, road);
  }
}

function takeUse(
  measurement: Measurement,
  event: UsageAccepted,
  partition: number,
  road: Road,
): void {
  const { tenant, slot, merging, takes_back } = measurement;
  const row = usageRowOf(measurement, event, partition);
  const slots = road.slots.get(tenant) ?? { from: slot, to: slot };
  road.slots.set(tenant, { from: Math.min(slots.from, slot), to: Math.max(slots.to, slot) });
  if (takes_back === null || merging === "sum")
    talliesOf(road, tenant).add(useOf(row), rangeOf(row), row);
  else road.touched.set(tenant, (road.touched.get(tenant) ?? new Set<string>()).add(useOf(row)));
}

function talliesOf({ measured }: Road, tenant: string): UseTallies {
  const tallies = measured.get(tenant) ?? createUseTallies();
  measured.set(tenant, tallies);
  return tallies;
}

/** What does not add up, and was touched by a correction, once more from the log: without what was taken back. */
async function measureTouched(log: Log, books: Books, cut: number, road: Road): Promise<void> {
  if (road.touched.size === 0) return;
  for (const [tenant, uses] of road.touched)
    for (const use of uses) talliesOf(road, tenant).forget(use);
  for (const partition of Array(books.cuts.deployment?.partitions ?? 0).keys()) {
    const fills = knownFills(books, cut);
    const filled = fillAgain(fills, partition, await readReplaced(log, fills, partition));
    const takenBack = new Set<string>();
    const rows: { readonly name: string; readonly row: UsageRow }[] = [];
    let taken = -1;
    for await (const { value } of readAll(log, topics.usageAccepted, partition)) {
      const event = decode(value);
      if (event.kind !== "UsageAccepted" || event.raw_offset <= taken) continue;
      if (event.cut > cut) break;
      taken = event.raw_offset;
      const measured = measureAgain(event, partition, books);
      for (const of of [measured, ...filled.measure(event, measured.outcome)])
        for (const each of of.measurements) {
          const row = usageRowOf(each, event, partition);
          if (road.touched.get(each.tenant)?.has(useOf(row)) !== true) continue;
          const name = `${each.meter}\u001f${each.takes_back ?? event.raw_offset}`;
          if (each.takes_back === null) rows.push({ name, row });
          else takenBack.add(name);
        }
    }
    for (const { name, row } of rows)
      if (!takenBack.has(name)) talliesOf(road, row.tenant).add(useOf(row), rangeOf(row), row);
  }
}

type Outcome = UsageAccepted | RejectedFact;

interface Outcomes<Of extends Outcome> {
  /** The next outcome, if its source is at or below the offset. */
  takeUpTo(offset: number): Promise<Of | undefined>;
}

/** The outcomes on a topic in order of their sources, each once. */
function outcomesOf<Of extends Outcome>(
  log: Log,
  topic: string,
  partition: number,
  isOutcome: (fact: Fact) => boolean,
): Outcomes<Of> {
  const records = readAll(log, topic, partition);
  let taken = -1;
  let waiting: Of | undefined;
  async function readNext(): Promise<Of | undefined> {
    for (let next = await records.next(); next.done !== true; next = await records.next()) {
      const fact = decode(next.value.value);
      if (!isOutcome(fact)) continue;
      const outcome = fact as Of;
      if (outcome.raw_offset > taken) return outcome;
    }
    return undefined;
  }
  return {
    async takeUpTo(offset) {
      waiting ??= await readNext();
      if (waiting === undefined || waiting.raw_offset > offset) return undefined;
      const found = waiting;
      taken = found.raw_offset;
      waiting = undefined;
      return found;
    },
  };
}

async function takeUpTo(streams: readonly Outcomes<Outcome>[], offset: number): Promise<Outcome[]> {
  const taken: Outcome[] = [];
  for (const stream of streams) {
    for (
      let next = await stream.takeUpTo(offset);
      next !== undefined;
      next = await stream.takeUpTo(offset)
    )
      taken.push(next);
  }
  return taken;
}

function read(bytes: Buffer): Fact | undefined {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof Undecodable) return undefined;
    throw error;
  }
}

function tenantOf(fact: Fact | undefined): string {
  const isData = fact?.kind === "UsageReported" || fact?.kind === "UsageRefused";
  return tenantNamed(isData ? fact.tenant : "");
}

function count<Key>(counts: Map<string, Map<Key, number>>, tenant: string, key: Key): void {
  const of = counts.get(tenant) ?? new Map<Key, number>();
  counts.set(tenant, of);
  of.set(key, (of.get(key) ?? 0) + 1);
}

function compareCounts(sheet: Sheet, name: string, counts: Map<string, Map<number, number>>): void {
  for (const [tenant, byCut] of counts) {
    for (const [cut, number] of byCut) sheet.compare({ tenant, name, cut }, number, number);
  }
}
