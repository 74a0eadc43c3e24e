import type { Columns, NamedEvent } from "@tallybook/columns";
import { readNamed } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import { MICROS_PER_HOUR } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { eventRowText, groupText, measurementRowText } from "@tallybook/usage";
import type { Backfill, Claim, UsageAccepted } from "@tallybook/usage";
import { readRaw, topics } from "@tallybook/wire";

import type { Books } from "./books.ts";
import { pair } from "./compare-transaction.ts";
import { decideAgain } from "./decider.ts";
import { earlierRecords } from "./earlier.ts";
import type { ClaimsOfIdentities, DecidedRecord } from "./decider.ts";
import { measureAt } from "./events.ts";
import type { Use } from "./events.ts";
import type { Compared } from "./replayed.ts";
import { createRangedClaims } from "./ranged-claims.ts";
import type { KeptClaims } from "./ranged-claims.ts";
import { columnsStep } from "./verdict.ts";
import { backfillsIn, windowAt, windowsOf } from "./windows.ts";

/** What ClickHouse names of a use; of every event that stands in an hour which the use has a part of. */
export function readNames(
  columns: Pick<Columns, "readNamed">,
  { fills }: Pick<Books["cuts"], "fills">,
  use: Use,
): Promise<NamedEvent[]> {
  return columns.readNamed({ ...use, fills });
}

/** The records of `usage.raw` at the offsets that ClickHouse names, decided again as if there were no others. */
export async function decideNamed(
  log: Log,
  { cuts, settings }: Books,
  named: readonly NamedEvent[],
): Promise<DecidedRecord[]> {
  const partitions = cuts.deployment?.partitions ?? 0;
  const ofPartition = [...Map.groupBy(named, ({ partition }) => partition)];
  const decided = await Promise.all(
    ofPartition
      .filter(([partition]) => partition < partitions)
      .map(async ([partition, own]) => {
        const windows = windowsOf(cuts, settings, partition);
        const claims = claimsInMemory(backfillsIn(settings));
        const offsets = new Set(own.flatMap((each) => [each.raw_offset, ...each.refersTo]));
        const records: DecidedRecord[] = [];
        for await (const record of readNamed(log, topics.usageRaw, partition, [...offsets])) {
          const window = windowAt(windows, record.offset);
          const place = { partition, partitions };
          const fact = readRaw(record.value);
          const earlier = await earlierRecords(log, partition, { record, fact }, window, claims);
          records.push(decideAgain(record, fact, place, window, claims, earlier));
        }
        return records;
      }),
  );
  return decided.flat();
}

function claimsInMemory(backfills: readonly Backfill[]): ClaimsOfIdentities {
  return { ...keptInMemory(), ...createRangedClaims(backfills, keptInMemory) };
}

function keptInMemory(): KeptClaims<Claim> {
  const claims = new Map<string, Claim>();
  const textOf = (identity: Uint8Array) => Buffer.from(identity).toString("latin1");
  return {
    of: (identity) => claims.get(textOf(identity)),
    put: (identity, claim) => claims.set(textOf(identity), claim),
  };
}

/**
 * What ClickHouse says of events against what the log says of them, row by row: which there are, what each says, what its meters made
 * of it.
 */
export function compareNames(
  books: Books,
  use: Use,
  named: readonly NamedEvent[],
  decided: readonly DecidedRecord[],
): Compared[] {
  const measured = measureAt(books, use.cutMax, decided);
  const inLog = new Map<string, { readonly event: string; readonly measurements: string }>();
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
  let [here, same, measuredSame] = [0, 0, 0];
  let differing: string | undefined;
  const places = new Set<string>();
  for (const each of named) {
    const place = placeName(each);
    places.add(place);
    const own = inLog.get(place);
    const isSame = own !== undefined && textsOf(each.events) === own.event;
    const isMeasuredSame = own !== undefined && textsOf(each.measurements) === own.measurements;
    here += own === undefined ? 0 : 1;
    same += isSame ? 1 : 0;
    measuredSame += isMeasuredSame ? 1 : 0;
    if (!isSame || !isMeasuredSame) differing ??= place;
  }
  const missing = [...inLog.keys()].find((place) => !places.has(place));
  const count = String(inLog.size);
  return [
    pair(columnsStep, "events, at their places in usage.raw", String(places.size), String(here)),
    pair(columnsStep, "events of usage.raw", String(here), count),
    pair(columnsStep, "events that say the same", String(same), count),
    pair(columnsStep, "events measured the same", String(measuredSame), count),
    ...(differing === undefined
      ? []
      : [pair(columnsStep, differing, "as it is there", "otherwise")]),
    ...(missing === undefined ? [] : [pair(columnsStep, missing, "not there", "accepted")]),
  ];
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
