import { differencesOf } from "@tallybook/columns";
import type { Columns, MeasuredEvent } from "@tallybook/columns";
import {
  createFillControl,
  fillName,
  lastRepair,
  lastUnaware,
  measureFilled,
  partName,
  partWith,
  tenantsWith,
} from "@tallybook/usage";
import type { CutFact, Cuts, PartCompared, PartFilled } from "@tallybook/usage";

import { createAttempts } from "./attempts.ts";
import type { FillOrder } from "./meters.ts";
import { repairBegun } from "./repairs.ts";
import type { RepairsTold } from "./repairs.ts";
import { openMeasuring, partOfCuts } from "./measuring.ts";
import { createLogReader, eventsOf, replacedBefore } from "./replay.ts";
import type { LogReader, ReplayOptions } from "./replay.ts";

export interface FillerOptions extends Omit<ReplayOptions, "columns"> {
  readonly columns: Pick<Columns, "insertFilled" | "buildRollups" | "readControls">;
  /** What is to be filled, in the order in which it was asked for, as far as it is known. */
  readonly fills: (cuts: Cuts) => readonly FillOrder[];
  readonly cuts: () => Promise<Cuts>;
  /** Appends to `cuts`, all or nothing; throws where a successor of this filler is at work. */
  readonly append: (facts: readonly CutFact[]) => Promise<void>;
  readonly reached: (point: FillPoint) => void;
  readonly told: FillsTold;
  readonly now: () => number;
  /** Milliseconds between looks for something to fill. */
  readonly lookMs: number;
}

export type FillPoint =
  | "aggregator.filling"
  | "aggregator.added"
  | "aggregator.topped"
  | "aggregator.filled";

/** What people are told of fills: in the log, as a notice and by metrics. */
export interface FillsTold extends Pick<RepairsTold, "begun" | "givenUp"> {
  /** How far a partition is: the next cut to be filled. Also where it goes on after a restart. */
  readonly filling: (order: FillOrder, partition: number, cut: number) => void;
  readonly filled: (order: FillOrder, partition: number) => void;
}

export interface Filler {
  /** Does one bounded step. `openCut`: parts of the cuts before it are compared. */
  turn(openCut: number): Promise<"worked" | "idle">;
  /** Whether rows may stand in some part of which `cuts` has no record yet: nobody else may judge the parts then. */
  isBusy(): boolean;
}

const restMs = 60_000;

/**
 * Fills the history of meters in one partition, a part at a time and in order of the cuts. What is inserted follows from the
 * log, under tokens of its own; when ClickHouse holds the part with what was added, and not before, `PartFilled` says so.
 * Whoever comes after a crash fills the first part that has no such record, and sends the same again. A part that does not
 * come out right gets a repair on the log, which makes it again without the fill, and is then filled under its number.
 */
export function createFiller(options: FillerOptions): Filler {
  const { columns, partition, generation, rowsMax, now, told } = options;
  let openCut = 0;
  let round: AsyncGenerator<void, void> | undefined;
  // What a predecessor left is not known before the first look.
  let isBusy = true;
  let lookAt = 0;
  const attempts = createAttempts({ now, restMs });
  /** Of the last part that did not come out right. */
  let different: readonly string[] = [];

  async function* newRound(): AsyncGenerator<void, void> {
    const cuts = await options.cuts();
    for (const order of await dueOrders(cuts)) {
      const isOver = yield* fill(cuts, order);
      isBusy = false;
      if (!isOver) return;
    }
    isBusy = false;
  }

  /** Begun before asked for: of a fill that a predecessor began, rows may be there. */
  async function dueOrders(cuts: Cuts): Promise<FillOrder[]> {
    const begun = await Promise.all(
      [...cuts.fills.values()].map(async (fill) => ({
        meter: await options.meterOf(fill),
        last_cut: fill.last_cut,
      })),
    );
    const asked = options.fills(cuts).filter(({ meter }) => !cuts.fills.has(fillName(meter)));
    const due: FillOrder[] = [];
    for (const order of [...begun, ...asked]) {
      if (cuts.fills.get(fillName(order.meter))?.ended.has(partition) === true) continue;
      // What is corrected before anybody knows of the fill has to be on the log.
      const unaware = lastUnaware(cuts.opened, await options.requestedAt(order.meter));
      if (Math.max(order.last_cut, unaware) < openCut) due.push(order);
    }
    return due;
  }

  /** Fills what is left of a partition; false where it has to wait. */
  async function* fill(cuts: Cuts, order: FillOrder): AsyncGenerator<void, boolean> {
    const { tenant, meter, version } = order.meter;
    const name = { tenant, meter, version };
    const before = cuts.fills.get(fillName(name));
    if (before === undefined) {
      await options.append([{ kind: "FillBegun", ...name, last_cut: order.last_cut }]);
      options.reached("aggregator.filling");
    }
    const reader = createLogReader(options.log, partition);
    const replaced = await replacedBefore(options, reader, cuts, {
      ...name,
      last_cut: order.last_cut,
    });
    const done = lastOf(before?.parts.get(partition)?.keys() ?? []);
    for (let cut = done + 1; cut <= order.last_cut; cut += 1) {
      const part = cuts.parts[cut]?.get(partition);
      if (part === undefined || !part.tenants.some((control) => control.tenant === tenant))
        continue;
      const known = await options.cuts();
      if (isUnderRepair(known, part)) return false;
      const next = attempts.next(partName(part));
      if (next === "give up") told.givenUp(different);
      if (next !== "try") return false;
      told.filling(order, partition, cut);
      isBusy = true;
      const isRight = yield* fillPart(known, { ...order, replaced }, part, reader);
      isBusy = false;
      if (!isRight) return false;
      yield;
    }
    await options.append([{ kind: "FillEnded", partition, ...name }]);
    told.filled(order, partition);
    return true;
  }

  /** Adds to a part what the meter makes of its events; false where the part is not right then. */
  async function* fillPart(
    cuts: Cuts,
    { meter, replaced }: FillOrder & { readonly replaced: ReadonlySet<number> },
    part: PartCompared,
    reader: LogReader,
  ): AsyncGenerator<void, boolean> {
    const { cut } = part;
    const repair = Math.max(lastRepair(cuts, part), part.repair);
    const place = { generation, cut, partition, repair };
    const measure = await openMeasuring(options, cuts, partOfCuts(cuts, cut));
    const control = createFillControl(meter, part);
    let rows: MeasuredEvent[] = [];

    async function insert(): Promise<void> {
      const [first, last] = [rows[0], rows.at(-1)];
      if (first === undefined || last === undefined) return;
      const [from, to] = [first.event.raw_offset, last.event.raw_offset];
      await columns.insertFilled({ ...place, from, to }, meter, rows);
      options.reached("aggregator.added");
      rows = [];
    }

    for await (const events of eventsOf(reader, cuts, part)) {
      for (const event of events) {
        if (event.tenant !== meter.tenant) continue;
        const measured = measureFilled(meter, event, replaced.has(event.raw_offset));
        if (measured.outcome === "without_meter") continue;
        control.add(event, (await measure(event)).outcome, measured);
        if (measured.measurements.length > 0) rows.push({ event, measured });
        if (rows.length >= rowsMax) {
          await insert();
          yield;
        }
      }
      yield;
    }
    await insert();
    const added = control.total();
    const isNothing = added.measured === 0;
    if (!isNothing) {
      const end = part.raw_end_offset;
      await columns.buildRollups({ ...place, from: end, to: end }, meter);
      options.reached("aggregator.topped");
      const differences = await differencesWith(cuts, part, added);
      if (differences.length > 0) {
        await handOver(part, repair, differences);
        return false;
      }
    }
    attempts.helped(partName(part));
    if (!isNothing || added.unmeasurable > 0) await options.append([added]);
    options.reached("aggregator.filled");
    return true;
  }

  async function differencesWith(
    cuts: Cuts,
    part: PartCompared,
    added: PartFilled,
  ): Promise<string[]> {
    const { cut } = part;
    const before = partWith(part, cuts.fills.values());
    const found = await columns.readControls({ cutMin: cut, cutMax: cut, partition });
    return differencesOf([{ ...before, tenants: tenantsWith(before.tenants, added) }], found);
  }

  /** Leaves a part to the keeper: it removes what is there, and makes again what is on the log. */
  async function handOver(
    part: PartCompared,
    repair: number,
    differences: readonly string[],
  ): Promise<void> {
    different = differences;
    const begun = repairBegun(part, repair + 1, differences);
    await options.append([begun]);
    told.begun([begun]);
  }

  return {
    isBusy: () => isBusy,
    async turn(cut) {
      openCut = cut;
      if (round === undefined) {
        if (now() < lookAt) return "idle";
        round = newRound();
      }
      const { done } = await round.next();
      if (done !== true) return "worked";
      round = undefined;
      lookAt = now() + options.lookMs;
      return "idle";
    },
  };
}

function lastOf(cuts: Iterable<number>): number {
  let last = -1;
  for (const cut of cuts) last = Math.max(last, cut);
  return last;
}

function isUnderRepair(cuts: Cuts, part: PartCompared): boolean {
  return cuts.repairs.get(partName(part))?.isDone === false;
}
