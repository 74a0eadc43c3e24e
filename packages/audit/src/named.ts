import type { NamedEvent, NamedStretch } from "@tallybook/columns";
import { readNamed } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import { MICROS_PER_HOUR } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { eventRowText, groupText, measurementRowText } from "@tallybook/usage";
import type { UsageAccepted, Window } from "@tallybook/usage";
import { readRaw, topics } from "@tallybook/wire";

import type { Books } from "./books.ts";
import { pair } from "./compare-transaction.ts";
import { decideAgain } from "./decider.ts";
import { earlierRecords } from "./earlier.ts";
import type { DecidedRecord } from "./decider.ts";
import { measureAt } from "./events.ts";
import type { Use } from "./events.ts";
import { createIdentityMemory, identityOf, metBy } from "./identity-memory.ts";
import type { IdentityMemory } from "./identity-memory.ts";
import type { Compared } from "./replayed.ts";
import { decideMeetings } from "./repeats.ts";
import { columnsStep } from "./verdict.ts";
import { backfillsIn, windowAt, windowsOf } from "./windows.ts";

/** Decides what ClickHouse names, as if there were no other records. */
export interface NamedDecider {
  /** In the order of the log, stretch by stretch of a partition; null: all at once. Throws where the log cannot be read. */
  readonly decide: (
    named: readonly NamedEvent[],
    stretch: NamedStretch | null,
  ) => Promise<DecidedRecord[]>;
  /** Records that were read and decided, with those before a stretch that only decide about others. */
  readonly count: () => number;
}

/** Reads the records of `usage.raw` at the offsets that ClickHouse names. */
export function createNamedDecider(log: Log, { cuts, settings }: Books): NamedDecider {
  const partitions = cuts.deployment?.partitions ?? 0;
  const byPartition = new Map<
    number,
    { readonly windows: Window[]; readonly memory: IdentityMemory }
  >();

  let count = 0;

  function knownOf(partition: number) {
    let of = byPartition.get(partition);
    if (of === undefined) {
      const memory = createIdentityMemory(backfillsIn(settings));
      byPartition.set(partition, (of = { windows: windowsOf(cuts, settings, partition), memory }));
    }
    return of;
  }

  async function decideIn(
    partition: number,
    own: readonly NamedEvent[],
    { from, to }: Pick<NamedStretch, "from" | "to">,
  ): Promise<DecidedRecord[]> {
    const { windows, memory } = knownOf(partition);
    const { claims, known } = memory;
    const place = { partition, partitions };
    const refersTo = own.flatMap((each) => each.refersTo).filter((offset) => offset < to);
    const offsets = new Set([...own.map(({ raw_offset }) => raw_offset), ...refersTo]);
    const decided: DecidedRecord[] = [];
    const meetings = new Map<number, number>();
    for await (const record of readNamed(log, topics.usageRaw, partition, [...offsets])) {
      const window = windowAt(windows, record.offset);
      const fact = readRaw(record.value);
      const identity = identityOf({ record, fact });
      const held = identity && claims.of(identity);
      // What stands before the stretch is decided for what refers to it, once.
      if (record.offset < from && held !== undefined && held.raw_offset >= record.offset) continue;
      const original = metBy({ record, fact }, window, memory);
      if (original !== undefined) {
        meetings.set(record.offset, original);
        continue;
      }
      const earlier = await earlierRecords(log, partition, { record, fact }, window, known);
      decided.push(decideAgain(record, fact, place, window, known, earlier));
    }
    for await (const each of decideMeetings(log, place, windows, meetings)) decided.push(each);
    count += decided.length;
    return decided
      .filter(({ offset }) => offset >= from)
      .toSorted((one, other) => one.offset - other.offset);
  }

  return {
    async decide(named, stretch) {
      const ofPartition = [...Map.groupBy(named, ({ partition }) => partition)];
      const decided = await Promise.all(
        ofPartition
          .filter(([partition]) => partition < partitions)
          .map(([partition, own]) =>
            decideIn(partition, own, stretch ?? { from: 0, to: Infinity }),
          ),
      );
      return decided.flat();
    },
    count: () => count,
  };
}

/** What ClickHouse says of events against what the log says of them, stretch by stretch: only counts are kept. */
export interface ComparedNames {
  /** All that ClickHouse names of a stretch, and all that the log has of it. */
  readonly take: (named: readonly NamedEvent[], decided: readonly DecidedRecord[]) => void;
  readonly compared: () => Compared[];
}

/**
 * Compares row by row: which events there are, what each says, what its meters made of it. `corrections`: the records of the use that
 * correct others.
 */
export function compareNames(
  books: Books,
  use: Use,
  corrections: readonly DecidedRecord[],
): ComparedNames {
  const measured = measureAt(books, use.cutMax, corrections);
  let [places, inLogCount, here, same, measuredSame] = [0, 0, 0, 0, 0];
  let differing: string | undefined;
  let missing: string | undefined;

  function textsInLog(decided: readonly DecidedRecord[]): Map<string, TextsOfEvent> {
    const inLog = new Map<string, TextsOfEvent>();
    for (const { kind, event, partition } of decided) {
      // What only decides about others is not what was asked for.
      if (kind !== "accepted" || event === null || !isNear(use, event)) continue;
      const all = measured(event, partition);
      const own = all
        .flatMap(({ measurements }) => measurements)
        .filter((each) => use.meters.includes(each.meter) && isIn(use, each.customer, each.slot))
        .map((each) => measurementRowText(event.raw_offset, groupText(each), each));
      inLog.set(placeName({ ...event, partition }), {
        event: eventRowText(event, all[0]?.outcome ?? "without_meter"),
        measurements: textsOf(own),
      });
    }
    return inLog;
  }

  return {
    take(named, decided) {
      const inLog = textsInLog(decided);
      inLogCount += inLog.size;
      const placesHere = new Set<string>();
      for (const each of named) {
        const place = placeName(each);
        placesHere.add(place);
        const own = inLog.get(place);
        const isSame = own !== undefined && textsOf(each.events) === own.event;
        const isMeasuredSame = own !== undefined && textsOf(each.measurements) === own.measurements;
        here += own === undefined ? 0 : 1;
        same += isSame ? 1 : 0;
        measuredSame += isMeasuredSame ? 1 : 0;
        if (!isSame || !isMeasuredSame) differing ??= place;
      }
      places += placesHere.size;
      missing ??= [...inLog.keys()].find((place) => !placesHere.has(place));
    },
    compared() {
      const count = String(inLogCount);
      return [
        pair(columnsStep, "events, at their places in usage.raw", String(places), String(here)),
        pair(columnsStep, "events of usage.raw", String(here), count),
        pair(columnsStep, "events that say the same", String(same), count),
        pair(columnsStep, "events measured the same", String(measuredSame), count),
        ...(differing === undefined
          ? []
          : [pair(columnsStep, differing, "as it is there", "otherwise")]),
        ...(missing === undefined ? [] : [pair(columnsStep, missing, "not there", "accepted")]),
      ];
    },
  };
}

/** The texts of an event's row and of its measurements' rows, as their digests take them. */
interface TextsOfEvent {
  readonly event: string;
  readonly measurements: string;
}

/** In an hour that the use has a part of, as ClickHouse is asked: by itself, or by what it replaces. */
function isNear(use: Use, { customer, time, corrected }: UsageAccepted): boolean {
  if (isIn(use, customer, time)) return true;
  return corrected !== null && isIn(use, corrected.replaced.customer, corrected.replaced.time);
}

function isIn({ customer, from, to }: Use, of: string, time: Micros): boolean {
  const begin = Math.floor(from / MICROS_PER_HOUR) * MICROS_PER_HOUR;
  const end = Math.ceil(to / MICROS_PER_HOUR) * MICROS_PER_HOUR;
  return of === customer && time >= begin && time < end;
}

function placeName({
  cut,
  partition,
  raw_offset,
}: Pick<NamedEvent, "cut" | "partition" | "raw_offset">): string {
  return `partition ${partition}, offset ${raw_offset}, cut ${cut}`;
}

function textsOf(texts: readonly string[]): string {
  return texts.toSorted().join("\n");
}
