import { test } from "vitest";

import { runSeeds, seedsText } from "./run-seeds.ts";

test(
  `deduper, aggregator and closer under faults, with transactions, against a naive reading of the log (${seedsText})`,
  {
    timeout: 600_000,
  },
  () => runSeeds({ transactions: true }),
);
