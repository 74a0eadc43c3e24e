import { mirroredTopics, mirrorTables } from "@tallybook/columns";
import type { MirrorMark, MirrorSource } from "@tallybook/columns";
import { pause } from "@tallybook/log";
import type { Turning } from "@tallybook/log";

import { tendNames } from "./names.ts";
import { openSource } from "./source.ts";
import type { MirroredSource, MirrorOptions } from "./source.ts";

export interface MirrorWorkerOptions extends MirrorOptions {
  /** Partitions of `usage.*` that are this instance's; whoever has partition 0 mirrors the topics of one partition too. */
  readonly owned: readonly number[];
  /** Makes tables and views again that somebody dropped. */
  readonly restore: () => Promise<void>;
  readonly stopping?: AbortSignal;
  /** Milliseconds of any clock that goes forward: paces, and nothing else. */
  readonly now?: () => number;
  /** Between looks at a log that has nothing new. */
  readonly pollMs?: number;
  /** Between looks at what ClickHouse says about its tables. */
  readonly lookMs?: number;
  /** Between readings of all rows of one source, whatever ClickHouse says. */
  readonly scrubMs?: number;
  /** At least, from one reading of the names to the next. */
  readonly namesMs?: number;
  /** Told why the names that analysts look up cannot be made or read, once for each reason. */
  readonly namesFailed: (error: Error) => void;
}

export interface MirrorWorker extends Turning {
  readonly sources: readonly MirroredSource[];
}

const usual = { pollMs: 1_000, lookMs: 2_000, scrubMs: 60_000, namesMs: 2_000 };
/** It waits in short pieces, so that it can be stopped. */
const waitMsMax = 200;

/**
 * Mirrors topics that are not usage. It works at most half of the time, and rests as long as each piece took: who inserts
 * usage in the same process comes first.
 */
export async function openMirror(options: MirrorWorkerOptions): Promise<MirrorWorker> {
  const { pollMs, lookMs, scrubMs, namesMs } = { ...usual, ...options };
  const now = options.now ?? (() => performance.now());
  await options.restore();
  let marks = await options.mirror.readMarks();
  if (marks === undefined)
    throw new MirrorLost(
      "the aggregator with partition 0 has not made the tables for analysts yet",
    );
  const taken = sourcesOf(options.owned);
  const names = taken.some(isOfNames)
    ? tendNames({ mirror: options.mirror, now, everyMs: namesMs, failed: options.namesFailed })
    : undefined;
  const told: MirrorOptions["told"] = (what, range) => {
    if (isOfNames(range)) names?.outdated();
    options.told(what, range);
  };
  const sources: MirroredSource[] = [];
  for (const source of taken) sources.push(await openSource({ ...options, told }, source));
  // What happened while nobody looked.
  let isToCheck = true;
  let turn = 0;
  let restUntil = 0;
  let lookAt = 0;
  let scrubAt = now() + scrubMs;
  let scrubbed = 0;

  /** Throws where a table was dropped: the worker is opened again then, and with it everything. */
  async function look(): Promise<void> {
    const found = await options.mirror.readMarks();
    if (found === undefined || marks === undefined || isOther(marks, found)) {
      await options.restore();
      throw new MirrorLost("a mirrored table was dropped or made again: mirroring anew");
    }
    if (isTouched(marks, found)) isToCheck = true;
    marks = found;
    await names?.look();
    lookAt = now() + lookMs;
  }

  async function check(): Promise<void> {
    for (const source of sources) await source.check();
    isToCheck = false;
  }

  async function mend(): Promise<boolean> {
    for (const source of sources) {
      if (!(await source.mend())) continue;
      // What was mended by deleting rows is known.
      marks = (await options.mirror.readMarks()) ?? marks;
      return true;
    }
    return false;
  }

  /** A round of all sources. Answers whether there may be more at once. */
  async function take(): Promise<boolean> {
    const source = sources[turn % sources.length];
    turn += 1;
    if (source === undefined) return false;
    const isWork = await source.take();
    if (isWork && isOfNames(source)) names?.outdated();
    return isWork;
  }

  let quiet = 0;
  let isCaughtUp = false;
  return {
    sources,
    async turn() {
      const left = restUntil - now();
      if (left > 0) {
        await pause(Math.min(left, waitMsMax), options.stopping);
        return "idle";
      }
      const begunAt = now();
      if (begunAt >= lookAt) await look();
      if (isToCheck) await check();
      else if (begunAt >= scrubAt) {
        await sources[scrubbed % sources.length]?.check();
        scrubbed += 1;
        scrubAt = now() + scrubMs;
      }
      const isWork = (await mend()) || (await take());
      await names?.turn();
      quiet = isWork ? 0 : quiet + 1;
      const isAllQuiet = quiet >= sources.length;
      if (isAllQuiet) quiet = 0;
      // What a predecessor inserted of an open window, and somebody deleted since, is not inserted again under its token.
      if (isAllQuiet && !isCaughtUp) {
        for (const source of sources) await source.checkOpen();
        isCaughtUp = true;
      }
      restUntil = now() + (isAllQuiet ? pollMs : isWork ? now() - begunAt : 0);
      return isWork ? "worked" : "idle";
    },
    async close() {},
  };
}

/** A table under the mirror is gone, or another one: what is known of it holds no more. */
export class MirrorLost extends Error {
  override readonly name = "MirrorLost";
}

/** Names are the catalog's. */
function isOfNames({ topic }: MirrorSource): boolean {
  return topic === "catalog";
}

function sourcesOf(owned: readonly number[]): MirrorSource[] {
  return mirroredTopics.flatMap((topic) =>
    mirrorTables[topic].isPartitioned
      ? owned.map((partition) => ({ topic, partition }))
      : owned.filter((partition) => partition === 0).map((partition) => ({ topic, partition })),
  );
}

type Marks = ReadonlyMap<string, MirrorMark>;

function isOther(before: Marks, found: Marks): boolean {
  return [...found].some(([table, { uuid }]) => before.get(table)?.uuid !== uuid);
}

/** Whether anything but inserts and merges can have happened. Merges take rows away where one was there twice. */
function isTouched(before: Marks, found: Marks): boolean {
  return [...found].some(([table, { rows, mutation }]) => {
    const was = before.get(table);
    return was !== undefined && (rows < was.rows || mutation !== was.mutation);
  });
}
