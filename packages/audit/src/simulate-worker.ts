import { parentPort, workerData } from "node:worker_threads";

import { catalogAt, catalogWithPlan } from "@tallybook/catalog";
import type { PlacedFact, PlanPublished } from "@tallybook/catalog";
import { connectColumns } from "@tallybook/columns";
import type { ColumnsOptions } from "@tallybook/columns";

import { simulateCustomers } from "./simulate-customers.ts";
import type { SimulateBasis } from "./simulate-customers.ts";
import type { SimulatedShare } from "./simulated.ts";

/** What a worker thread is given: it folds the catalog and reads the columns by itself. */
export interface SimulateWork extends Omit<SimulateBasis, "now" | "other"> {
  readonly facts: readonly PlacedFact[];
  readonly offset: number;
  readonly plan: PlanPublished;
  readonly customers: readonly string[];
  readonly columns: Pick<ColumnsOptions, "url" | "database">;
}

export type SimulateAnswer =
  | { readonly kind: "done"; readonly customers: number }
  | { readonly kind: "share"; readonly share: SimulatedShare };

const { facts, offset, plan, customers, columns, ...rest } = workerData as SimulateWork;
const now = catalogAt(facts, offset);
const opened = connectColumns(columns);
try {
  const basis = { ...rest, now, other: catalogWithPlan(now, plan) };
  const told = (done: number) => answer({ kind: "done", customers: done });
  answer({ kind: "share", share: await simulateCustomers(basis, customers, opened, told) });
} finally {
  await opened.close();
}

function answer(message: SimulateAnswer): void {
  // oxlint-disable-next-line require-post-message-target-origin -- a thread of Node has no origin
  parentPort?.postMessage(message);
}
