import { parentPort, workerData } from "node:worker_threads";

import { connectLog } from "@tallybook/log";
import type { KafkaOptions } from "@tallybook/log";

import { decidePartition } from "./decide-partition.ts";
import type { PartitionTask } from "./decide-partition.ts";

// Ends with whoever started it. What fails is an error of the thread.
const log = await connectLog(workerData as KafkaOptions);
parentPort?.on("message", (task: PartitionTask) => {
  void (async () => {
    // oxlint-disable-next-line require-post-message-target-origin -- a thread of Node has no origin
    parentPort?.postMessage(await decidePartition(log, task));
  })();
});
