import { pause } from "@tallybook/log";
import type { CutOpened } from "@tallybook/usage";

/** What the closer writes of the spools into a cut that it opens. */
export type SpoolsSeen = Pick<CutOpened, "spools" | "complete">;

/** The spools of every registered ingest. */
export interface Spools {
  /** What each says now. One that does not answer within a second counts as not empty, and has `pending` −1. */
  ask(): Promise<SpoolsSeen>;
  /** Asks until all are empty, for ten seconds at most: a spool is drained, or a process started again, within that. */
  untilEmpty(stopping: AbortSignal): Promise<SpoolsSeen>;
}

const answerMsMax = 1_000;
const emptyMsMax = 10_000;
const pauseMs = 200;

/** `urls`: of all ingests, in the order of their ordinals. Without one, every cut is complete. */
export function createSpools(urls: readonly string[], limits = { emptyMsMax, pauseMs }): Spools {
  async function askEach(): Promise<readonly Answer[]> {
    return Promise.all(urls.map((url) => answerOf(url)));
  }
  return {
    ask: async () => seenIn(await askEach()),
    async untilEmpty(stopping) {
      const deadline = performance.now() + limits.emptyMsMax;
      for (;;) {
        const answers = await askEach();
        // What is damaged is not going to be drained: only a person can see to it.
        const isOver = answers.every(({ pending, damaged }) => pending === damaged);
        if (isOver || stopping.aborted || performance.now() > deadline) return seenIn(answers);
        await pause(limits.pauseMs, stopping);
      }
    },
  };
}

/** How many records of an ingest are not known to be in Kafka, and how many of these cannot be read any more. */
interface Answer {
  readonly pending: number;
  readonly damaged: number;
}

const noAnswer: Answer = { pending: -1, damaged: 0 };

async function answerOf(url: string): Promise<Answer> {
  try {
    const answer = await fetch(new URL("/spool", url), {
      signal: AbortSignal.timeout(answerMsMax),
    });
    const { pending, damaged } = (await answer.json()) as Partial<Answer>;
    if (!answer.ok || !Number.isSafeInteger(pending)) return noAnswer;
    return { pending: pending ?? 0, damaged: damaged ?? 0 };
  } catch {
    return noAnswer;
  }
}

function seenIn(answers: readonly Answer[]): SpoolsSeen {
  return {
    spools: answers.map(({ pending }, at) => ({ ingest: `ingest-${at}`, pending })),
    complete: answers.every(({ pending }) => pending === 0),
  };
}
