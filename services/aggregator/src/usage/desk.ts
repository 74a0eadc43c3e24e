import { clockOf } from "@tallybook/catalog";
import { ColumnsUnavailable, TooMuchUsage } from "@tallybook/columns";
import type { Columns } from "@tallybook/columns";
import type { UsedBasis } from "@tallybook/journal";
import { LogUnavailable, pause } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import { formatTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { Problem } from "@tallybook/service";
import type { HttpReply } from "@tallybook/service";
import type { Cuts } from "@tallybook/usage";

import type { Conflicts } from "../conflicts/conflicts.ts";
import type { Grounds } from "./grounds.ts";
import { inTime } from "./in-time.ts";
import type { Intake, Taken } from "./intake.ts";
import type { Question } from "./question.ts";
import type { TornCheck } from "./whole.ts";

/** What all questions about usage share: what they wait for, and what they read. */
export interface UsageDesk {
  readonly grounds: Grounds;
  readonly log: Log;
  readonly columns: Pick<
    Columns,
    "readUsage" | "readSeries" | "readEvents" | "readRejected" | "readPlaces" | "readCorrections"
  >;
  readonly conflicts: Conflicts;
  readonly tornIn: TornCheck;
  readonly cuts: () => Cuts;
  readonly intake: Intake;
  /** Wall clock, microseconds. */
  readonly now: () => Micros;
  /** Told of each answer: whether it was complete, and how long it took, in milliseconds. */
  readonly answered: (isComplete: boolean, tookMs: number) => void;
  readonly stopping: AbortSignal;
}

/** How long a question may wait until it can be answered wholly. */
export interface Patience {
  readonly waitMs: number;
}

const waitMsUsual = 10_000;
const waitMsMax = 60_000;
const againMs = 200;
const readMsMax = 30_000;
/** Questions at once, over all their waiting: each is little, and they share what they wait for. */
const questionsMax = 256;

export function patienceIn(question: Question): Patience {
  const consistency = question.oneOf("consistency", ["strong", "eventual"]);
  const waitMs = question.wholeNumber("wait_ms", {
    min: 0,
    max: waitMsMax,
    fallback: waitMsUsual,
  });
  return { waitMs: consistency === "eventual" ? 0 : waitMs };
}

/** An answer, and how far it is complete. */
export interface Stamped<Answer> {
  readonly answer: Answer;
  readonly stamp: {
    readonly complete: boolean;
    readonly complete_to: string | null;
    readonly waiting_for: readonly string[];
  };
}

export type Reading<Answer> = (given: {
  readonly basis: UsedBasis;
  /** The last closed cut: what is later has no rollups yet. -1: none is closed. */
  readonly cutMax: number;
  readonly cuts: Cuts;
}) => Promise<Answer>;

/**
 * Reads usage when everything is there that was acknowledged before the call, or when the time is over; and reads it again while
 * ClickHouse is being repaired, since less rows must never look like less usage.
 */
export async function readWhole<Answer>(
  desk: UsageDesk,
  tenant: string,
  { waitMs }: Patience,
  signal: AbortSignal,
  read: Reading<Answer>,
): Promise<Stamped<Answer>> {
  const begunAt = performance.now();
  const until = begunAt + waitMs;
  const stamped = (answer: Answer, taken: Taken): Stamped<Answer> => {
    desk.answered(taken.complete, performance.now() - begunAt);
    return { answer, stamp: stampOf(taken) };
  };
  for (;;) {
    const leftMs = Math.max(0, until - performance.now());
    const taken = await desk.intake.untilTaken(leftMs, signal);
    const cuts = desk.cuts();
    const cutMax = cuts.closed.length - 1;
    const reading = read({ basis: basisOf(desk), cutMax, cuts });
    const answer = await whileItAnswers(reading, signal);
    const torn = await whileItAnswers(desk.tornIn(tenant, cuts, cutMax), signal);
    if (torn.length === 0) return stamped(answer, taken);
    if (signal.aborted || performance.now() >= until)
      return stamped(answer, { complete: false, completeTo: null, waitingFor: torn });
    await pause(againMs, signal);
  }
}

/** ClickHouse that has gone silent is away, long before its own client gives up. */
async function whileItAnswers<Answer>(
  reading: Promise<Answer>,
  signal: AbortSignal,
): Promise<Answer> {
  const late = AbortSignal.timeout(readMsMax);
  try {
    return await inTime(reading, AbortSignal.any([signal, late]));
  } catch (error) {
    if (late.aborted) throw new ColumnsUnavailable(`no answer within ${readMsMax} ms`);
    throw error;
  }
}

/** The clock that billing goes by: the simulated one, or the wall clock. */
export function clockIn(desk: UsageDesk): Micros {
  const now = desk.grounds.catalog()?.now;
  return (now === undefined ? undefined : clockOf(now)) ?? desk.now();
}

export function basisOf({ grounds }: UsageDesk): UsedBasis {
  const basis = grounds.basis();
  if (basis !== undefined) return basis;
  throw unavailable("The journal is still being read after a start: ask again.", 2);
}

/** Does what a request asks for, a bounded number at once, and turns what may pass into 503. */
export function createQuestions(stopping: AbortSignal) {
  let underWay = 0;
  return async function answering<Answer>(
    reply: HttpReply,
    doing: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    if (underWay >= questionsMax)
      throw unavailable("Too many questions about usage are under way: ask again.", 1);
    underWay += 1;
    const left = new AbortController();
    reply.raw.once("close", () => left.abort());
    const signal = AbortSignal.any([left.signal, stopping]);
    try {
      return await doing(signal);
    } catch (error) {
      if (error === signal.reason) throw unavailable("The service is stopping: ask again.", 2);
      throw problemOf(error);
    } finally {
      underWay -= 1;
    }
  };
}

function problemOf(error: unknown): unknown {
  if (error instanceof ColumnsUnavailable)
    return unavailable("ClickHouse does not answer: usage is kept, and can be asked for later.", 2);
  if (error instanceof LogUnavailable)
    return unavailable("Kafka does not answer: ask again, or with consistency=eventual.", 2);
  if (error instanceof TooMuchUsage) {
    const detail = `That is ${error.message}: ask for a shorter time, fewer customers or one meter.`;
    return new Problem({ status: 422, title: "Too much usage", detail });
  }
  return error;
}

export function unavailable(detail: string, seconds: number): Problem {
  const headers = { "retry-after": String(seconds) };
  return new Problem({ status: 503, title: "Service Unavailable", detail, headers });
}

function stampOf({ complete, completeTo, waitingFor }: Taken): Stamped<unknown>["stamp"] {
  return {
    complete,
    complete_to: completeTo === null ? null : formatTime(completeTo),
    waiting_for: waitingFor,
  };
}
