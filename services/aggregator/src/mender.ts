import type { Columns, SpanPlace } from "@tallybook/columns";
import { lastRepair, partName } from "@tallybook/usage";
import type { CutFact, Cuts, PartRepairBegun, PartRepaired } from "@tallybook/usage";

import { createAttempts } from "./attempts.ts";
import type { Difference, Differences } from "./differences.ts";
import { repairBegun } from "./repairs.ts";
import type { RepairsTold, SpanPart } from "./repairs.ts";
import { createLogReader, replayPart } from "./replay.ts";
import type { ReplayOptions } from "./replay.ts";

export interface MenderOptions extends ReplayOptions {
  readonly columns: ReplayOptions["columns"] & Pick<Columns, "deleteCuts">;
  /** Appends to `cuts`, all or nothing; throws where a successor of this mender is at work. */
  readonly append: (facts: readonly CutFact[]) => Promise<void>;
  /** Makes tables again that somebody dropped. */
  readonly restore: () => Promise<void>;
  readonly reached: (point: "aggregator.repair" | "aggregator.mended") => void;
  readonly told: RepairsTold;
  /** Milliseconds of any clock that goes forward. */
  readonly now: () => number;
}

/** Makes closed parts again from the log, with a record of each repair before it begins and one when it has helped. */
export interface Mender {
  /**
   * Removes the rows of these cuts and inserts what the log has, a few cuts at a time. What a crash has interrupted goes on
   * under its number: what was inserted is inserted again under its tokens, and changes nothing. Yields after each bounded
   * step. Returns whether anything was made; whether it has helped, whoever looks next finds out.
   */
  mend(place: SpanPlace, cuts: Cuts, differences: Differences): AsyncGenerator<void, boolean>;
  /** Parts whose last repair is begun and not ended, but for those that no repair can help. */
  unfinished(cuts: Cuts): SpanPart[];
  /** Says of these parts that their last repair has helped. */
  end(cuts: Cuts, parts: readonly SpanPart[]): Promise<void>;
}

const restMs = 60_000;
/** Cuts that are removed and made again before others are begun. */
const cutsPerRepair = 8;

export function createMender(options: MenderOptions): Mender {
  const { columns, partition, told } = options;
  /** The last repair of a part that was begun here: the fold may not have it yet. */
  const own = new Map<string, { readonly fact: PartRepairBegun; readonly isDone: boolean }>();
  const attempts = createAttempts({ now: options.now, restMs });

  async function* makeAgain(
    place: SpanPlace,
    cuts: Cuts,
    due: readonly (readonly [number, Difference])[],
  ): AsyncGenerator<void, void> {
    const repairs = due.map(([cut, { words, isShort }]) => {
      const part = { cut, partition: place.partition };
      const interrupted = isShort ? interruptedOf(cuts, part) : undefined;
      const fact = interrupted ?? repairBegun(part, lastOf(cuts, part) + 1, words);
      return { fact, isNew: interrupted === undefined };
    });
    const facts = repairs.map(({ fact }) => fact);
    const begun = repairs.filter(({ isNew }) => isNew).map(({ fact }) => fact);
    await options.restore();
    if (begun.length > 0) await options.append(begun);
    for (const fact of facts) own.set(partName(fact), { fact, isDone: false });
    told.begun(facts);
    options.reached("aggregator.repair");
    await columns.deleteCuts(
      place,
      begun.map(({ cut }) => cut),
    );
    options.reached("aggregator.mended");
    yield;
    const reader = createLogReader(options.log, partition);
    for (const { cut, repair } of facts) {
      const part = place.partition === partition ? cuts.parts[cut]?.get(partition) : undefined;
      if (part === undefined) continue;
      const isAsCompared = yield* replayPart(options, reader, cuts, part, repair);
      if (!isAsCompared) {
        attempts.abandon(partName(part));
        told.givenUp([
          `cut ${cut}, partition ${partition}: the log no longer gives what was compared when the cut closed, or filled in since`,
        ]);
      }
      yield;
    }
  }

  function isDue(part: SpanPart, { words }: Difference): boolean {
    const next = attempts.next(partName(part));
    if (next === "give up") told.givenUp(words);
    return next === "try";
  }

  /** A part's repair that a predecessor has begun and not ended; gone on with once, then the next number is due. */
  function interruptedOf(cuts: Cuts, part: SpanPart): PartRepairBegun | undefined {
    const last = cuts.repairs.get(partName(part));
    const isOurs = last === undefined || last.isDone || own.has(partName(part));
    return isOurs || last.begun.repair !== lastOf(cuts, part) ? undefined : last.begun;
  }

  /** The number of a part's last repair; 0: there was none. */
  function lastOf(cuts: Cuts, part: SpanPart): number {
    const compared = cuts.parts[part.cut]?.get(part.partition)?.repair ?? 0;
    const mine = own.get(partName(part))?.fact.repair ?? 0;
    return Math.max(lastRepair(cuts, part), compared, mine);
  }

  return {
    async *mend(place, cuts, differences) {
      const due = [...differences]
        .filter(([cut, difference]) => isDue({ cut, partition: place.partition }, difference))
        .toSorted(([one], [other]) => one - other);
      for (let at = 0; at < due.length; at += cutsPerRepair)
        yield* makeAgain(place, cuts, due.slice(at, at + cutsPerRepair));
      return due.length > 0;
    },
    unfinished(cuts) {
      const names = new Set([...cuts.repairs.keys(), ...own.keys()]);
      return [...names].flatMap((name) => {
        const folded = cuts.repairs.get(name);
        const mine = own.get(name);
        // Whoever fills a part may have asked for a later one.
        const isMine = mine !== undefined && mine.fact.repair >= (folded?.begun.repair ?? 0);
        const [begun, isDone] = isMine ? [mine.fact, mine.isDone] : [folded?.begun, folded?.isDone];
        return begun === undefined || isDone === true || attempts.isAbandoned(name) ? [] : [begun];
      });
    },
    async end(cuts, parts) {
      const facts = parts.map((part): PartRepaired => ({
        kind: "PartRepaired",
        cut: part.cut,
        partition: part.partition,
        repair: lastOf(cuts, part),
      }));
      await options.append(facts);
      for (const fact of facts) {
        const name = partName(fact);
        const begun = own.get(name)?.fact ?? cuts.repairs.get(name)?.begun;
        if (begun !== undefined) own.set(name, { fact: begun, isDone: true });
        attempts.helped(name);
      }
      told.ended(facts);
    },
  };
}
