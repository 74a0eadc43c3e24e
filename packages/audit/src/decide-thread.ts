import { parentPort, workerData } from "node:worker_threads";

import { connectLog } from "@tallybook/log";

import type { ThreadTask } from "./decide-log.ts";
import { decidePartition } from "./decide-partition.ts";

const { kafka, task } = workerData as ThreadTask;
const log = await connectLog(kafka);
try {
  // oxlint-disable-next-line require-post-message-target-origin -- a thread of Node has no origin
  parentPort?.postMessage(await decidePartition(log, task));
} finally {
  await log.close();
}
