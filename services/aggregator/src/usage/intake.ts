import { LogUnavailable, pause } from "@tallybook/log";
import type { Micros } from "@tallybook/periods";

import type { SpoolsSeen } from "../spools.ts";
import { inTime } from "./in-time.ts";
import type { Positions } from "./positions.ts";
import { shared } from "./shared.ts";

/** Whether ClickHouse has everything that was acknowledged before somebody asked. */
export interface Taken {
  readonly complete: boolean;
  /** Everything that was acknowledged before it is there; null: nobody knows, since a spool or Kafka cannot be asked. */
  readonly completeTo: Micros | null;
  /** What is missing, in words; empty where nothing is. */
  readonly waitingFor: readonly string[];
}

export interface Intake {
  /** Waits until all is there that was acknowledged before the call, for so long at most; with 0 it only looks. */
  untilTaken(waitMs: number, signal: AbortSignal): Promise<Taken>;
}

export interface IntakeOptions {
  /** The spools of all ingests: what is in them was acknowledged, and is not in Kafka. */
  readonly askSpools: () => Promise<SpoolsSeen>;
  /** By partition of `usage.raw`, where it ends: the next offset. Throws `LogUnavailable`. */
  readonly readEnds: () => Promise<Positions>;
  readonly readPositions: () => Promise<Positions>;
  /**
   * When Kafka took the first record of a partition from an offset on, in milliseconds. Null: there is none, and what takes the
   * offsets below the end are marks of transactions. Throws `LogUnavailable`.
   */
  readonly appendedAt: (partition: number, from: number) => Promise<number | null>;
  /** Wall clock, microseconds. */
  readonly now: () => Micros;
  readonly lookMs?: number;
}

const lookMsUsual = 50;
/** Looks at positions between two at the records themselves. */
const looksPerRead = 20;
const answerMsMax = 1_000;

/** What several questions ask at once is asked together. None of it is asked by a sink, and no sink waits for it. */
export function createIntake(options: IntakeOptions): Intake {
  const askSpools = shared(options.askSpools);
  const readEnds = shared(options.readEnds);
  const readPositions = shared(options.readPositions);
  const lookMs = options.lookMs ?? lookMsUsual;

  /** What a spool held comes to Kafka before its spool says that it is empty: so they are asked before the ends. */
  async function untilUnspooled(until: number, signal: AbortSignal): Promise<string[]> {
    for (;;) {
      const { spools } = await askSpools();
      const holding = spools.filter(({ pending }) => pending !== 0);
      if (holding.length === 0 || isOver(until, signal)) return holding.map(spoolText);
      await pause(lookMs, signal);
    }
  }

  async function untilInserted(
    ends: Positions,
    until: number,
    signal: AbortSignal,
  ): Promise<Missing[]> {
    for (let looks = 1; ; looks += 1) {
      const missing = missingIn(ends, await readPositions());
      if (missing.length === 0) return [];
      const isLast = isOver(until, signal);
      if (isLast || looks % looksPerRead === 0) {
        const read = await Promise.all(missing.map((each) => appendedAt(each, signal)));
        const real = read.filter(({ time }) => time !== null);
        if (isLast || real.length === 0) return real;
      }
      await pause(lookMs, signal);
    }
  }

  async function appendedAt(missing: Missing, signal: AbortSignal): Promise<Missing> {
    const time = await answered(
      options.appendedAt(missing.partition, missing.from),
      signal,
      answerMsMax,
    );
    return { ...missing, time };
  }

  return {
    async untilTaken(waitMs, signal) {
      const askedAt = options.now();
      const until = performance.now() + waitMs;
      const spooled = await untilUnspooled(until, signal);
      const leftMs = Math.max(until - performance.now(), answerMsMax);
      const ends = await answered(readEnds(), signal, Math.ceil(leftMs));
      if (ends === undefined) return { complete: false, completeTo: null, waitingFor: [away] };
      const missing = await untilInserted(ends, until, signal);
      const waitingFor = [...spooled, ...missing.map(missingText)];
      const times = missing.map(({ time }) => time);
      const isKnown = spooled.length === 0 && !times.includes(undefined);
      return {
        complete: waitingFor.length === 0,
        completeTo: isKnown ? Math.min(askedAt, ...times.map((ms) => (ms ?? 0) * 1_000)) : null,
        waitingFor,
      };
    },
  };
}

interface Missing {
  readonly partition: number;
  readonly from: number;
  readonly isTold: boolean;
  /** When Kafka took it; null: there is nothing after all; undefined: Kafka does not say. */
  readonly time: number | null | undefined;
}

function missingIn(ends: Positions, positions: Positions): Missing[] {
  return [...ends].flatMap(([partition, end]) => {
    const from = (positions.get(partition) ?? -1) + 1;
    return from >= end
      ? []
      : [{ partition, from, isTold: positions.has(partition), time: undefined }];
  });
}

const away = "Kafka does not answer: what it holds cannot be asked";

function spoolText({ ingest, pending }: SpoolsSeen["spools"][number]): string {
  return pending === -1
    ? `${ingest} does not say whether its spool is empty`
    : `${ingest} keeps ${pending} acknowledged records in its spool`;
}

function missingText({ partition, from, isTold }: Missing): string {
  return isTold
    ? `partition ${partition}: ClickHouse has usage.raw up to offset ${from - 1}`
    : `partition ${partition}: its aggregator does not say how far it is`;
}

function isOver(until: number, signal: AbortSignal): boolean {
  return signal.aborted || performance.now() >= until;
}

/** Undefined where Kafka does not answer, or not in time. */
async function answered<Answer>(
  answer: Promise<Answer>,
  signal: AbortSignal,
  ms: number,
): Promise<Answer | undefined> {
  const late = AbortSignal.timeout(ms);
  try {
    return await inTime(answer, AbortSignal.any([signal, late]));
  } catch (error) {
    if (error instanceof LogUnavailable || late.aborted || signal.aborted) return undefined;
    throw error;
  }
}
