import { changeOf, cutsOf, differencesOf, noRows, spanOf, countedTables } from "@tallybook/columns";
import type { Columns, CutCounts, Marks, PlaceMark, SpanPlace } from "@tallybook/columns";
import { lastRepair, partName } from "@tallybook/usage";
import type { CutFact, Cuts, PartCompared, PartRepairBegun, PartRepaired } from "@tallybook/usage";

import { createLogReader, replayPart } from "./replay.ts";
import type { ReplayOptions } from "./replay.ts";

export interface KeeperOptions extends ReplayOptions {
  readonly columns: ReplayOptions["columns"] &
    Pick<Columns, "readMarks" | "readCounts" | "readControls" | "deleteCuts">;
  /** Of the deployment: of rows in others, the keeper of that partition modulo this takes care. */
  readonly partitions: number;
  readonly cuts: () => Promise<Cuts>;
  /** Appends to `cuts`, all or nothing; throws where a successor of this keeper is at work. */
  readonly append: (facts: readonly CutFact[]) => Promise<void>;
  /** Makes tables again that somebody dropped. */
  readonly restore: () => Promise<void>;
  readonly reached: (point: "aggregator.repair" | "aggregator.mended") => void;
  readonly told: RepairsTold;
  readonly now: () => number;
  /** Milliseconds from the end of a round to the next. */
  readonly lookMs: number;
  /** Milliseconds between readings of what seems to be unchanged. */
  readonly scrubMs: number;
}

/** What people are told of repairs: in the log, by readiness and metrics. */
export interface RepairsTold {
  readonly begun: (facts: readonly PartRepairBegun[]) => void;
  /** Also where nothing was told to have begun: a predecessor may have. */
  readonly ended: (parts: readonly SpanPart[]) => void;
  /** A part that repairs do not help: it is left alone for a while, or for good. */
  readonly givenUp: (differences: readonly string[]) => void;
}

type SpanPart = Pick<PartCompared, "cut" | "partition">;

/** Repairs of one part that end in another difference, before it is left alone for a while. */
const attemptsMax = 3;
const restMs = 60_000;
/** Cuts that are removed and made again before others are begun. */
const cutsPerRepair = 8;
/** Events that are digested in one step, about. */
const eventsPerStep = 500_000;
/** Between rounds that find nothing is at least so much time, by the time that one takes. */
const restShare = 9;
/** What a PartRepairBegun tells of what was found. */
const differencesMax = 20;

/** What is known of a place: how it looked, and whether its rows were read since or only counted. */
interface Known {
  readonly startedAt: number;
  readonly place: PlaceMark | undefined;
  readonly isProven: boolean;
}

/** What a round has seen of a place, and what it wants to know of it. */
interface Look {
  readonly marks: Marks;
  readonly mark: PlaceMark | undefined;
  readonly pending: readonly SpanPart[];
  readonly isThorough: boolean;
}

/**
 * Keeps the closed parts of one partition equal to what was compared. A round looks at what ClickHouse says about its
 * parts; where rows were added it counts, where anything else may have happened it digests, and what differs it removes and
 * makes again from the log. Of every repair there is a record before it begins and one when it has helped. The number of a
 * repair is on the log before it is used, so whoever comes after a crash compares again and takes the next.
 */
export function createKeeper(options: KeeperOptions): {
  turn(openCut: number): Promise<"worked" | "idle">;
} {
  const { columns, partition, partitions, now } = options;
  const knownByPlace = new Map<string, Known>();
  /** The last repair of a part that this keeper began: the fold may not have it yet. */
  const own = new Map<string, { readonly fact: PartRepairBegun; readonly isDone: boolean }>();
  const attempts = new Map<string, number>();
  const restingUntil = new Map<string, number>();
  let openCut = 0;
  let lookAt = 0;
  let scrubAt = 0;
  let round: AsyncGenerator<void, void> | undefined;
  let spentMs = 0;
  let isMending = false;

  async function* newRound(): AsyncGenerator<void, void> {
    isMending = false;
    const marks = await columns.readMarks({ modulo: partitions, remainder: partition });
    if (!marks.isWhole) await options.restore();
    const markByPlace = new Map(marks.places.map((place) => [placeName(place), place]));
    const cuts = await options.cuts();
    const unfinished = Map.groupBy(unfinishedRepairs(cuts), placeNameOf);
    let stable: SpanPlace | undefined;
    for (const place of placesOf(marks)) {
      const name = placeName(place);
      const mark = markByPlace.get(name);
      const known = knownByPlace.get(name);
      const change = known === undefined ? "grown" : changeOf(known, marks, mark);
      const pending = unfinished.get(name) ?? [];
      if (change === "same" && pending.length === 0) {
        if (known?.isProven === false) stable ??= place;
        continue;
      }
      yield* keep(place, { marks, mark, pending, isThorough: change === "changed" });
    }
    if (stable !== undefined && now() >= scrubAt) {
      scrubAt = now() + options.scrubMs;
      const mark = markByPlace.get(placeName(stable));
      yield* keep(stable, { marks, mark, pending: [], isThorough: true });
    }
  }

  /** Compares a place, all of it or what was added, and repairs what differs. */
  async function* keep(
    place: SpanPlace,
    { marks, mark, pending, isThorough }: Look,
  ): AsyncGenerator<void, void> {
    yield;
    const cuts = await options.cuts();
    const counts =
      mark === undefined ? new Map<number, CutCounts>() : await columns.readCounts(place);
    const parts = partsOf(cuts, place);
    const wrong = countDifferences(place, parts, counts);
    const checked = parts.filter(
      (part) => !wrong.has(part.cut) && (isThorough || pending.some(({ cut }) => cut === part.cut)),
    );
    for (const step of stepsOf(checked)) {
      for (const [cut, differences] of await digestDifferences(place, step))
        wrong.set(cut, differences);
      yield;
    }
    yield* mend(place, cuts, wrong);
    const mended = pending.filter(({ cut }) => !wrong.has(cut));
    if (mended.length > 0) await endRepairs(cuts, mended);
    if (wrong.size === 0)
      knownByPlace.set(placeName(place), {
        startedAt: marks.startedAt,
        place: mark,
        isProven: isThorough,
      });
    else knownByPlace.delete(placeName(place));
  }

  /** Makes these cuts again, a few at a time: what a crash interrupts is begun anew, and what was made before it stays. */
  async function* mend(
    place: SpanPlace,
    cuts: Cuts,
    wrong: ReadonlyMap<number, readonly string[]>,
  ): AsyncGenerator<void, void> {
    const due = [...wrong]
      .filter(([cut]) => isSettled(cuts, { cut, partition: place.partition }))
      .filter(([cut]) => isTried({ cut, partition: place.partition }, wrong))
      .toSorted(([one], [other]) => one - other);
    for (let at = 0; at < due.length; at += cutsPerRepair)
      yield* makeAgain(place, cuts, due.slice(at, at + cutsPerRepair));
  }

  /** Removes the rows of these cuts and inserts what the log has. Whether that has helped, the next round finds out. */
  async function* makeAgain(
    place: SpanPlace,
    cuts: Cuts,
    due: readonly (readonly [number, readonly string[]])[],
  ): AsyncGenerator<void, void> {
    const begun = due.map(([cut, differences]) =>
      newRepair(cuts, { cut, partition: place.partition }, differences),
    );
    isMending = true;
    await options.restore();
    await options.append(begun);
    for (const fact of begun) own.set(partName(fact), { fact, isDone: false });
    options.told.begun(begun);
    options.reached("aggregator.repair");
    await columns.deleteCuts(
      place,
      begun.map(({ cut }) => cut),
    );
    options.reached("aggregator.mended");
    yield;
    const reader = createLogReader(options.log, partition);
    for (const { cut, repair } of begun) {
      const part = place.partition === partition ? cuts.parts[cut]?.get(partition) : undefined;
      if (part === undefined) continue;
      const isAsCompared = yield* replayPart(options, reader, cuts, part, repair);
      if (!isAsCompared) {
        restingUntil.set(partName(part), Infinity);
        options.told.givenUp([
          `cut ${cut}, partition ${partition}: the log no longer gives what was compared when the cut closed`,
        ]);
      }
      yield;
    }
  }

  /** Whether nobody but the keeper may insert into a part now: the sink has compared it, or is not there yet. */
  function isSettled(cuts: Cuts, { cut, partition: of }: SpanPart): boolean {
    return of !== partition || cut > openCut || cuts.parts[cut]?.has(of) === true;
  }

  function isTried(part: SpanPart, wrong: ReadonlyMap<number, readonly string[]>): boolean {
    const name = partName(part);
    if (now() < (restingUntil.get(name) ?? 0)) return false;
    const attempt = (attempts.get(name) ?? 0) + 1;
    attempts.set(name, attempt);
    if (attempt <= attemptsMax) return true;
    attempts.delete(name);
    restingUntil.set(name, now() + restMs);
    options.told.givenUp(wrong.get(part.cut) ?? []);
    return false;
  }

  function newRepair(cuts: Cuts, part: SpanPart, differences: readonly string[]): PartRepairBegun {
    const compared = cuts.parts[part.cut]?.get(part.partition)?.repair ?? 0;
    const mine = own.get(partName(part))?.fact.repair ?? 0;
    return {
      kind: "PartRepairBegun",
      cut: part.cut,
      partition: part.partition,
      repair: Math.max(lastRepair(cuts, part), compared, mine) + 1,
      differences: differences.slice(0, differencesMax),
    };
  }

  async function endRepairs(cuts: Cuts, parts: readonly SpanPart[]): Promise<void> {
    const facts = parts.map(({ cut, partition: of }): PartRepaired => ({
      kind: "PartRepaired",
      cut,
      partition: of,
      repair: newRepair(cuts, { cut, partition: of }, []).repair - 1,
    }));
    await options.append(facts);
    for (const fact of facts) {
      const name = partName(fact);
      const begun = own.get(name)?.fact ?? cuts.repairs.get(name)?.begun;
      if (begun !== undefined) own.set(name, { fact: begun, isDone: true });
      attempts.delete(name);
    }
    options.told.ended(facts);
  }

  /** Parts whose last repair is begun and not ended, and which this keeper takes care of. */
  function unfinishedRepairs(cuts: Cuts): SpanPart[] {
    const names = new Set([...cuts.repairs.keys(), ...own.keys()]);
    return [...names].flatMap((name) => {
      const folded = cuts.repairs.get(name);
      const mine = own.get(name);
      const begun = mine?.fact ?? folded?.begun;
      if (begun === undefined || (mine?.isDone ?? folded?.isDone) === true) return [];
      const { cut, partition: of } = begun;
      if (of % partitions !== partition || !isSettled(cuts, { cut, partition: of })) return [];
      return restingUntil.get(name) === Infinity ? [] : [begun];
    });
  }

  /** Parts of a place that are compared and closed for the sink. */
  function partsOf(cuts: Cuts, { span, partition: of }: SpanPlace): PartCompared[] {
    const { cutMin, cutMax } = cutsOf(span);
    if (of !== partition) return [];
    return cuts.parts
      .slice(cutMin, Math.min(cutMax + 1, openCut))
      .flatMap((ofCut) => ofCut?.get(partition) ?? []);
  }

  function placesOf(marks: Marks): SpanPlace[] {
    const spans =
      openCut === 0 ? [] : Array.from({ length: spanOf(openCut - 1) + 1 }, (_, at) => at);
    const closed = spans.map((span) => ({ span, partition }));
    const others = marks.places.filter(
      (place) => place.partition !== partition || place.span >= spans.length,
    );
    return [...closed, ...others];
  }

  /** Cuts whose numbers of rows are not those that were compared, and rows that no part has. */
  function countDifferences(
    { partition: of }: SpanPlace,
    parts: readonly PartCompared[],
    counts: ReadonlyMap<number, CutCounts>,
  ): Map<number, string[]> {
    const wrong = new Map<number, string[]>();
    for (const part of parts) {
      const found = counts.get(part.cut) ?? noRows;
      const wanted = countsOf(part);
      const differences = countedTables
        .filter((table) => found[table] !== wanted[table])
        .map(
          (table) =>
            `cut ${part.cut}, partition ${of}: ${found[table]} rows in ${table}, ${wanted[table]} by the log`,
        );
      if (differences.length > 0) wrong.set(part.cut, differences);
    }
    for (const [cut, found] of counts) {
      // What the sink has not compared yet is the sink's.
      if (of === partition && cut <= openCut) continue;
      const total = countedTables.map((table) => `${found[table]} in ${table}`).join(", ");
      wrong.set(cut, [`cut ${cut}, partition ${of}: rows that the log does not have (${total})`]);
    }
    return wrong;
  }

  async function digestDifferences(
    { partition: of }: SpanPlace,
    parts: readonly PartCompared[],
  ): Promise<Map<number, string[]>> {
    const found = await columns.readControls({
      cutMin: parts[0]?.cut ?? 0,
      cutMax: parts.at(-1)?.cut ?? 0,
      partition: of,
    });
    const byCut = Map.groupBy(found, ({ cut }) => cut);
    const wrong = new Map<number, string[]>();
    for (const part of parts) {
      const differences = differencesOf([part], byCut.get(part.cut) ?? []);
      if (differences.length > 0) wrong.set(part.cut, differences);
    }
    return wrong;
  }

  return {
    async turn(cut) {
      openCut = cut;
      if (round === undefined) {
        if (now() < lookAt) return "idle";
        round = newRound();
      }
      const begunAt = now();
      const { done } = await round.next().catch((error: unknown) => {
        round = undefined;
        throw error;
      });
      spentMs += now() - begunAt;
      if (done !== true) return "worked";
      round = undefined;
      lookAt = isMending ? 0 : now() + Math.max(options.lookMs, restShare * spentMs);
      spentMs = 0;
      return isMending ? "worked" : "idle";
    },
  };
}

function countsOf({ tenants }: PartCompared): CutCounts {
  const sum = (count: (tenant: PartCompared["tenants"][number]) => number): number =>
    tenants.reduce((total, tenant) => total + count(tenant), 0);
  const measurements = sum((tenant) => tenant.measurements);
  return {
    usage_events: sum(({ accepted }) => accepted),
    measurements,
    rollups: sum(({ rollups }) => rollups),
    usage_live: measurements,
  };
}

/** Parts in a row, as many as one reading takes. */
function stepsOf(parts: readonly PartCompared[]): PartCompared[][] {
  const steps: PartCompared[][] = [];
  let events = 0;
  for (const part of parts) {
    const count = countsOf(part).usage_events;
    const step = steps.at(-1);
    if (step === undefined || events + count > eventsPerStep) {
      steps.push([part]);
      events = count;
    } else {
      step.push(part);
      events += count;
    }
  }
  return steps;
}

function placeName({ span, partition }: SpanPlace): string {
  return `${span}/${partition}`;
}

function placeNameOf({ cut, partition }: SpanPart): string {
  return placeName({ span: spanOf(cut), partition });
}
