import { changeOf, cutsOf, spanOf } from "@tallybook/columns";
import type { Columns, CutCounts, Marks, PlaceMark, SpanPlace } from "@tallybook/columns";
import { partWith } from "@tallybook/usage";
import type { Cuts, PartCompared } from "@tallybook/usage";

import { countDifferences, digestDifferences, stepsOf } from "./differences.ts";
import type { Differences } from "./differences.ts";
import { createMender } from "./mender.ts";
import type { MenderOptions } from "./mender.ts";
import type { SpanPart } from "./repairs.ts";

export interface KeeperOptions extends MenderOptions {
  readonly columns: MenderOptions["columns"] &
    Pick<Columns, "readMarks" | "readCounts" | "readControls">;
  /** Of the deployment: of rows in others, the keeper of that partition modulo this takes care. */
  readonly partitions: number;
  readonly cuts: () => Promise<Cuts>;
  /** Milliseconds from the end of a round to the next. */
  readonly lookMs: number;
  /** Milliseconds between readings of what seems to be unchanged. */
  readonly scrubMs: number;
}

/** Between rounds that find nothing is at least so much time, by the time that one takes. */
const restShare = 9;

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
 * parts; where rows were added it counts, where anything else may have happened it digests, and what differs is mended.
 * The number of a repair is on the log before it is used, so whoever comes after a crash compares again and takes the next.
 */
export function createKeeper(options: KeeperOptions): {
  /** `openCut`: the first that the sink has not compared; `lastCut`: the last that it has inserted rows of. */
  turn(openCut: number, lastCut: number): Promise<"worked" | "idle">;
} {
  const { columns, partition, partitions, now } = options;
  const mender = createMender(options);
  const knownByPlace = new Map<string, Known>();
  let openCut = 0;
  let lastCut = 0;
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
    const unfinished = Map.groupBy(
      mender.unfinished(cuts).filter((part) => isOurs(part) && isSettled(cuts, part)),
      placeNameOf,
    );
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

  /** Compares a place, all of it or what was added, and has made again what differs. */
  async function* keep(place: SpanPlace, look: Look): AsyncGenerator<void, void> {
    yield;
    const { marks, mark, pending } = look;
    const cuts = await options.cuts();
    const differences = yield* compare(place, cuts, look);
    const settled: Differences = new Map(
      [...differences].filter(([cut]) => isSettled(cuts, { cut, partition: place.partition })),
    );
    if (yield* mender.mend(place, cuts, settled)) isMending = true;
    const mended = pending.filter(({ cut }) => !differences.has(cut));
    if (mended.length > 0) await mender.end(cuts, mended);
    if (differences.size === 0)
      knownByPlace.set(placeName(place), {
        startedAt: marks.startedAt,
        place: mark,
        isProven: look.isThorough,
      });
    else knownByPlace.delete(placeName(place));
  }

  /** What differs in a place: by its counts, and by its digests where that is wanted. */
  async function* compare(
    place: SpanPlace,
    cuts: Cuts,
    { mark, pending, isThorough }: Look,
  ): AsyncGenerator<void, Differences> {
    const counts =
      mark === undefined ? new Map<number, CutCounts>() : await columns.readCounts(place);
    const parts = partsOf(cuts, place);
    // What the sink has not compared yet is the sink's.
    const isOnLog = (cut: number): boolean =>
      place.partition === partition && cut <= lastAhead(cuts);
    const differences = countDifferences(place.partition, parts, counts, isOnLog);
    const checked = parts.filter(
      (part) =>
        !differences.has(part.cut) && (isThorough || pending.some(({ cut }) => cut === part.cut)),
    );
    for (const step of stepsOf(checked)) {
      for (const [cut, wrong] of await digestDifferences(columns, place.partition, step))
        differences.set(cut, wrong);
      yield;
    }
    return differences;
  }

  /** Whether this keeper takes care of a part. */
  function isOurs(part: SpanPart): boolean {
    return part.partition % partitions === partition;
  }

  /** Whether nobody but the keeper may insert into a part now: the sink has compared it, or cannot be there yet. */
  function isSettled(cuts: Cuts, { cut, partition: of }: SpanPart): boolean {
    return of !== partition || cut > lastAhead(cuts) || cuts.parts[cut]?.has(of) === true;
  }

  /** The last cut that the sink may have inserted rows of, or one that went before it: up to the last that is open. */
  function lastAhead({ opened }: Cuts): number {
    return Math.max(lastCut, opened.length);
  }

  /** Parts of a place that are compared and closed for the sink, with what was filled into them since. */
  function partsOf(cuts: Cuts, { span, partition: of }: SpanPlace): PartCompared[] {
    const { cutMin, cutMax } = cutsOf(span);
    if (of !== partition) return [];
    return cuts.parts
      .slice(cutMin, Math.min(cutMax + 1, openCut))
      .flatMap((ofCut) => ofCut?.get(partition) ?? [])
      .map((part) => partWith(part, cuts.fills.values()));
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

  return {
    async turn(firstCut, ownCut) {
      openCut = firstCut;
      lastCut = ownCut;
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

function placeName({ span, partition }: SpanPlace): string {
  return `${span}/${partition}`;
}

function placeNameOf({ cut, partition }: SpanPart): string {
  return placeName({ span: spanOf(cut), partition });
}
