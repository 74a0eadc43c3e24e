import type { Columns } from "@tallybook/columns";
import type { Log } from "@tallybook/log";

import type { Books } from "./books.ts";
import { decideAll } from "./decide-all.ts";
import type { DecideOptions } from "./decide-log.ts";
import { isCorrection } from "./decider.ts";
import type { DecidedRecord } from "./decider.ts";
import type { Use } from "./events.ts";
import { createHeldUse } from "./held-use.ts";
import { compareNames, createNamedDecider } from "./named.ts";
import type { Compared, Reading } from "./replayed.ts";

export interface GatherOptions extends Omit<DecideOptions, "log"> {
  readonly log: Log;
  readonly columns: Pick<Columns, "readNamed" | "readStretches"> | undefined;
  /** All of `usage.raw` up to the cut; else what ClickHouse names. */
  readonly full: boolean;
  /** Records that are held in memory at most, of all uses together; more of them are taken in pieces. */
  readonly heldMax?: number | undefined;
}

export const heldMaxUsual = 200_000;

/** What is made of the records of a use, one after the other; none of them is needed again. */
export interface Consumer {
  readonly take: (record: DecidedRecord) => void;
}

/** A use, and what is to be made of its records. */
export interface Gathering<Of extends Consumer> {
  readonly use: Use;
  /** `corrections`: all records of the use that count and correct others. */
  readonly consume: (corrections: readonly DecidedRecord[]) => Of;
}

/** What was made of the records of a use, and by which reading. */
export interface Gathered<Of extends Consumer> {
  readonly consumer: Of;
  readonly compared: readonly Compared[];
  readonly reading: Reading;
}

/** Takes the records that bear on a use: those that ClickHouse names, or all that there are. */
export async function gather<Of extends Consumer>(
  options: GatherOptions,
  books: Books,
  gathering: Gathering<Of>,
): Promise<Gathered<Of>> {
  if (!options.full) return gatherNamed(options, books, gathering);
  const [gathered] = await gatherDecided(options, books, [gathering]);
  if (gathered === undefined) throw new Error("nothing was gathered");
  return gathered;
}

/**
 * Takes what ClickHouse names, stretch by stretch of the log. What takes something back may stand in a later stretch than that: then all
 * is read once more, knowing it.
 */
export async function gatherNamed<Of extends Consumer>(
  { log, columns, heldMax = heldMaxUsual }: GatherOptions,
  books: Books,
  { use, consume }: Gathering<Of>,
): Promise<Gathered<Of>> {
  if (columns === undefined)
    throw new Error("without all of usage.raw, ClickHouse has to say which events there are");
  const filter = { ...use, fills: books.cuts.fills };
  const stretches = await columns.readStretches(filter, heldMax);
  let corrections: readonly DecidedRecord[] = [];
  for (;;) {
    const decider = createNamedDecider(log, books);
    const found: DecidedRecord[] = [];
    let consumer: Of | undefined;
    let names: ReturnType<typeof compareNames> | undefined;
    for (const stretch of stretches) {
      const named = await columns.readNamed({ ...filter, stretch });
      const decided = await decider.decide(named, stretch);
      found.push(...decided.filter(isCorrection));
      // Of one that is all, all is known before anything is made of it.
      if (stretches.length === 1) corrections = found;
      consumer ??= consume(corrections);
      names ??= compareNames(books, use, corrections);
      names.take(named, decided);
      for (const record of decided) consumer.take(record);
    }
    if (consumer === undefined || names === undefined) throw new Error("no stretch to read");
    const reading: Reading = { kind: "named", cut: use.cutMax, records: decider.count() };
    if (found.length <= corrections.length)
      return { consumer, compared: names.compared(), reading };
    corrections = found;
  }
}

/**
 * Takes the records of many uses from one reading of all of `usage.raw`. Uses of which too much has to be held, and of which something was
 * taken back, are read once more, knowing it.
 */
export async function gatherDecided<Of extends Consumer>(
  options: GatherOptions,
  books: Books,
  gatherings: readonly Gathering<Of>[],
): Promise<Gathered<Of>[]> {
  const { columns, heldMax = heldMaxUsual } = options;
  const gathered = new Map<number, Gathered<Of>>();
  const cut = Math.max(...gatherings.map(({ use }) => use.cutMax));
  let corrections = new Map<number, readonly DecidedRecord[]>(
    gatherings.keys().map((at) => [at, []]),
  );
  for (let first: Awaited<ReturnType<typeof decideAll>> | undefined; corrections.size > 0;) {
    const held = [...corrections].map(([at, known]) => {
      const gathering = gatherings[at] as Gathering<Of>;
      return { at, use: createHeldUse(books, columns, gathering, known) };
    });
    const uses = held.map(({ use }) => use);
    const decided = await decideAll(options, books, { cut, uses, heldMax });
    first ??= decided;
    corrections = new Map();
    for (const { at, use } of held) {
      const end = await use.end();
      if (end.kind === "again") corrections.set(at, end.corrections);
      else gathered.set(at, { ...end, reading: first.readingOf(use.use.tenant) });
    }
  }
  return gatherings.map((_, at) => gathered.get(at) as Gathered<Of>);
}
