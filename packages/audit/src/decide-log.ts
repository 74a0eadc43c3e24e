import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

import type { KafkaOptions, Log } from "@tallybook/log";

import { decidePartition } from "./decide-partition.ts";
import type { PartitionDecided, PartitionTask, TakeRecords } from "./decide-partition.ts";
import type { ThreadWord } from "./decide-thread.ts";

export interface DecideOptions {
  readonly log: Log;
  /** Where the log is, for threads that read it over connections of their own; without it all is decided in this one. */
  readonly kafka?: KafkaOptions | undefined;
  /** Threads at most: as many as there are cores, unless given. */
  readonly threadsMax?: number | undefined;
  /** Records of a partition from which on threads are worth it: fewer are decided before one has started. */
  readonly threadsFrom?: number | undefined;
}

const threadsFromUsual = 50_000;

/**
 * Decides partitions of `usage.raw` again, several at once where there are threads for it; what comes out is in the order of the tasks. The
 * owners' records are taken one piece after the other, and no thread is further than the next.
 */
export async function decideLog(
  {
    log,
    kafka,
    threadsMax = availableParallelism(),
    threadsFrom = threadsFromUsual,
  }: DecideOptions,
  tasks: readonly PartitionTask[],
  takeRecords: TakeRecords,
): Promise<PartitionDecided[]> {
  const threads = Math.min(threadsMax, tasks.length);
  const isMany = tasks.some(({ to }) => to >= threadsFrom);
  const decided: PartitionDecided[] = [];
  if (kafka === undefined || threads < 2 || !isMany) {
    for (const task of tasks) decided.push(await decidePartition(log, task, takeRecords));
    return decided;
  }
  let taking = Promise.resolve();
  const takeInTurn: TakeRecords = (records) => (taking = taking.then(() => takeRecords(records)));
  const waiting = [...tasks.entries()];
  await Promise.all(
    Array.from({ length: threads }, async () => {
      await using thread = startThread({ ...kafka, clientId: "tally-audit" });
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [at, task] = next;
        decided[at] = await thread.decide(task, takeInTurn);
      }
    }),
  );
  return decided;
}

interface Thread extends AsyncDisposable {
  /** One task at a time. */
  readonly decide: (task: PartitionTask, takeRecords: TakeRecords) => Promise<PartitionDecided>;
}

/** A thread that decides one partition after the other: to start one takes as long as to decide tens of thousands of records. */
function startThread(kafka: KafkaOptions): Thread {
  const worker = new Worker(new URL("decide-thread.ts", import.meta.url), { workerData: kafka });
  return {
    decide(task, takeRecords) {
      const { promise, resolve, reject } = Promise.withResolvers<PartitionDecided>();
      worker.removeAllListeners();
      worker.on("message", (word: ThreadWord) => {
        if (word.kind === "decided") resolve(word.decided);
        // oxlint-disable-next-line require-post-message-target-origin -- a thread of Node has no origin
        else takeRecords(word.records).then(() => worker.postMessage("taken"), reject);
      });
      worker.once("error", reject);
      worker.once("exit", (code) =>
        reject(new Error(`the thread that decides partition ${task.partition} ended with ${code}`)),
      );
      // oxlint-disable-next-line require-post-message-target-origin -- a thread of Node has no origin
      worker.postMessage(task);
      return promise;
    },
    async [Symbol.asyncDispose]() {
      worker.removeAllListeners();
      await worker.terminate();
    },
  };
}
