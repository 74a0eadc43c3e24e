import { reconcile } from "@tallybook/audit";
import type { Reconciliation } from "@tallybook/audit";
import type { MemoryLog } from "@tallybook/log";
import { followSources, openRater } from "@tallybook/service-rater";

import type { MemoryColumns } from "./memoryColumns.ts";
import { keys } from "./world.ts";

/** Rates every cut of the log as the rater does, and checks the identity over it. */
export async function rateAndReconcile(
  log: MemoryLog,
  columns: MemoryColumns,
): Promise<Reconciliation> {
  await rateAll(log, columns);
  return reconcile({ log, columns });
}

/** Rates every cut of the log as the rater does. */
export async function rateAll(log: MemoryLog, columns: MemoryColumns): Promise<void> {
  const sources = await followSources(log, { idleMs: 1 });
  const rater = await openRater({
    log,
    ...sources,
    columns: { readUsage: columns.readUsage, proveParts: async () => ({ ok: true }) },
    signingKey: keys.privateKey,
    reached: () => {},
    raise: () => {},
    waiting: () => {},
    passed: () => {},
    stopping: new AbortController().signal,
  });
  while ((await rater.turn()) === "worked");
  await rater.close();
  for (const follower of Object.values(sources)) await follower.close();
}
