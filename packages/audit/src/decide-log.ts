import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

import type { KafkaOptions, Log } from "@tallybook/log";

import { decidePartition } from "./decide-partition.ts";
import type { PartitionDecided, PartitionTask } from "./decide-partition.ts";

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

/** Decides partitions of `usage.raw` again, several at once where there are threads for it; in the order of the tasks. */
export async function decideLog(
  {
    log,
    kafka,
    threadsMax = availableParallelism(),
    threadsFrom = threadsFromUsual,
  }: DecideOptions,
  tasks: readonly PartitionTask[],
): Promise<PartitionDecided[]> {
  const threads = Math.min(threadsMax, tasks.length);
  const isMany = tasks.some(({ to }) => to >= threadsFrom);
  const decided: PartitionDecided[] = [];
  if (kafka === undefined || threads < 2 || !isMany) {
    for (const task of tasks) decided.push(await decidePartition(log, task));
    return decided;
  }
  const waiting = [...tasks.entries()];
  await Promise.all(
    Array.from({ length: threads }, async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [at, task] = next;
        decided[at] = await decideInThread({ ...kafka, clientId: "tally-audit" }, task);
      }
    }),
  );
  return decided;
}

/** What a thread is told. */
export interface ThreadTask {
  readonly kafka: KafkaOptions;
  readonly task: PartitionTask;
}

/** A thread for each partition: its memory goes with it. */
function decideInThread(kafka: KafkaOptions, task: PartitionTask): Promise<PartitionDecided> {
  const workerData: ThreadTask = { kafka, task };
  const { promise, resolve, reject } = Promise.withResolvers<PartitionDecided>();
  const worker = new Worker(new URL("decide-thread.ts", import.meta.url), { workerData });
  worker.once("message", resolve);
  worker.once("error", reject);
  worker.once("exit", (code) =>
    reject(new Error(`the thread that decides partition ${task.partition} ended with ${code}`)),
  );
  return promise;
}
