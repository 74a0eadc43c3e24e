import type { Columns, NamedStretch } from "@tallybook/columns";

import type { Books } from "./books.ts";
import { customersOf } from "./decide-partition.ts";
import { isCorrection } from "./decider.ts";
import type { DecidedRecord } from "./decider.ts";
import type { Use } from "./events.ts";
import type { Consumer, Gathering } from "./gather.ts";
import { compareNames } from "./named.ts";
import type { Compared } from "./replayed.ts";

/** The records of a use while all of the log is read: held until somebody wants the memory, or all is known. */
export interface HeldUse<Of extends Consumer> {
  readonly use: Use;
  readonly owns: (record: DecidedRecord) => boolean;
  readonly hold: (record: DecidedRecord) => void;
  readonly size: () => number;
  /** Makes of what is held what is to be made of it, and lets go of it. */
  readonly release: () => Promise<void>;
  readonly end: () => Promise<HeldUseEnd<Of>>;
}

type HeldUseEnd<Of extends Consumer> =
  | { readonly kind: "done"; readonly consumer: Of; readonly compared: readonly Compared[] }
  /** Something was released before it was known what is taken back: these are the records that do so. */
  | { readonly kind: "again"; readonly corrections: readonly DecidedRecord[] };

/** Rows that ClickHouse is asked for at once; as many as a release usually lets go of, or more. */
const namedMax = 200_000;

/** `known`: the records of the use that correct others, as far as an earlier reading has come by them. */
export function createHeldUse<Of extends Consumer>(
  books: Books,
  columns: Pick<Columns, "readNamed" | "readStretches"> | undefined,
  { use, consume }: Gathering<Of>,
  known: readonly DecidedRecord[],
): HeldUse<Of> {
  const { tenant, customer, cutMax } = use;
  const filter = { ...use, fills: books.cuts.fills };
  const found: DecidedRecord[] = [];
  /** By partition: up to where what ClickHouse names was compared. */
  const comparedTo = new Map<number, number>();
  let held: DecidedRecord[] = [];
  let isReleased = false;
  let made: { readonly consumer: Of; readonly names: ReturnType<typeof compareNames> } | undefined;

  function make(corrections: readonly DecidedRecord[]) {
    made ??= { consumer: consume(corrections), names: compareNames(books, use, corrections) };
    return made;
  }

  function letGo(): DecidedRecord[] {
    const records = held;
    held = [];
    return records;
  }

  /** Records of one partition that count, and all that ClickHouse names from where it was compared up to the last of them. */
  async function compareUpTo(partition: number, own: readonly DecidedRecord[]): Promise<void> {
    if (columns === undefined) return;
    const to = (own.at(-1)?.offset ?? 0) + 1;
    const stretch = { partition, from: comparedTo.get(partition) ?? 0, to, cutMin: 0, cutMax };
    make(known).names.take(await columns.readNamed({ ...filter, stretch }), own);
    comparedTo.set(partition, to);
  }

  async function compareRest(records: readonly DecidedRecord[]): Promise<void> {
    if (columns === undefined) return;
    const { names } = make(known);
    const rest = new Set(records);
    const begin = (partition: number) => comparedTo.get(partition) ?? 0;
    for (const whole of await columns.readStretches(filter, namedMax)) {
      const stretch = whole && { ...whole, from: Math.max(whole.from, begin(whole.partition)) };
      if (stretch !== null && stretch.from >= stretch.to) continue;
      const own = [...rest].filter((record) => isIn(record, stretch));
      for (const record of own) rest.delete(record);
      const named = await columns.readNamed({ ...filter, stretch });
      names.take(
        named.filter(({ partition, raw_offset }) => raw_offset >= begin(partition)),
        own,
      );
    }
    names.take([], [...rest]);
  }

  return {
    use,
    owns: ({ tenant: of, event }) =>
      of === tenant &&
      event !== null &&
      event.cut <= cutMax &&
      customersOf(event).includes(customer),
    hold(record) {
      held.push(record);
      if (isCorrection(record)) found.push(record);
    },
    size: () => held.length,
    async release() {
      const records = letGo();
      isReleased = true;
      // What is made of them would not know what is taken back: all is read once more.
      if (found.length > known.length) return;
      const { consumer } = make(known);
      for (const record of records) consumer.take(record);
      const counted = records.filter(({ kind }) => kind === "accepted");
      for (const [partition, own] of Map.groupBy(counted, (each) => each.partition))
        await compareUpTo(partition, own);
    },
    async end() {
      if (isReleased && found.length > known.length) return { kind: "again", corrections: found };
      const records = letGo();
      const { consumer, names } = make(found);
      for (const record of records) consumer.take(record);
      await compareRest(records);
      return { kind: "done", consumer, compared: columns === undefined ? [] : names.compared() };
    },
  };
}

function isIn({ partition, offset }: DecidedRecord, stretch: NamedStretch | null): boolean {
  if (stretch === null) return true;
  return partition === stretch.partition && offset >= stretch.from && offset < stretch.to;
}
