import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";

import { connectLog } from "@tallybook/log";
import type { KafkaOptions } from "@tallybook/log";

import { decidePartition } from "./decide-partition.ts";
import type { PartitionDecided, PartitionTask } from "./decide-partition.ts";
import type { DecidedRecord } from "./decider.ts";

/** What a thread says to whoever started it: some records, which it waits to be taken by any message, or that all is decided. */
export type ThreadWord =
  | { readonly kind: "records"; readonly records: readonly DecidedRecord[] }
  | { readonly kind: "decided"; readonly decided: PartitionDecided };

// Ends with whoever started it. What fails is an error of the thread.
const log = await connectLog(workerData as KafkaOptions);
const port = parentPort;
if (port === null) throw new Error("this is run as a thread");

function say(word: ThreadWord): void {
  // oxlint-disable-next-line require-post-message-target-origin -- a thread of Node has no origin
  port?.postMessage(word);
}

for (;;) {
  const [task] = (await once(port, "message")) as [PartitionTask];
  const decided = await decidePartition(log, task, async (records) => {
    say({ kind: "records", records });
    await once(port, "message");
  });
  say({ kind: "decided", decided });
}
