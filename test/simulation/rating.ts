import { reconcile } from "@tallybook/audit";
import type { Reconciliation } from "@tallybook/audit";
import type { CatalogFact } from "@tallybook/catalog";
import { createCatalogHistory, evolveHistory } from "@tallybook/journal";
import { follow } from "@tallybook/log";
import type { MemoryLog } from "@tallybook/log";
import { emptyInvoicesSource, evolveInvoicesSource, openRater } from "@tallybook/service-rater";
import { createCutsFold, noCuts } from "@tallybook/usage";
import type { CutFact } from "@tallybook/usage";
import { topics } from "@tallybook/wire";

import type { MemoryColumns } from "./memoryColumns.ts";
import { keys } from "./world.ts";

/** Rates every cut of the log as the rater does, and checks the identity over it. */
export async function rateAndReconcile(
  log: MemoryLog,
  columns: MemoryColumns,
): Promise<Reconciliation> {
  await rate(log, columns);
  return reconcile({ log, columns });
}

async function rate(log: MemoryLog, columns: MemoryColumns): Promise<void> {
  const evolveCuts = createCutsFold();
  const idleMs = 1;
  const followers = {
    cuts: await follow({
      log,
      idleMs,
      topic: topics.cuts,
      initial: noCuts,
      evolve: (state, fact) => evolveCuts(state, fact as CutFact),
    }),
    catalog: await follow({
      log,
      idleMs,
      topic: topics.catalog,
      initial: createCatalogHistory(),
      evolve: (history, fact, offset) => evolveHistory(history, fact as CatalogFact, offset),
    }),
    invoices: await follow({
      log,
      idleMs,
      topic: topics.invoices,
      initial: emptyInvoicesSource(),
      evolve: evolveInvoicesSource,
    }),
  };
  const rater = await openRater({
    log,
    ...followers,
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
  for (const follower of Object.values(followers)) await follower.close();
}
