import { createCutsFold, noCuts } from "@tallybook/usage";
import type { CutFact } from "@tallybook/usage";
import { decode, topics } from "@tallybook/wire";
import { expect, test } from "vitest";

import { runWorld } from "./world.ts";
import type { SinkSaid } from "./world.ts";

const seeds = 40;

/** Accepted events up to where the sink says that it is, which the columns do not have. */
function missingOf({ log, columns, partition, through }: SinkSaid): string[] {
  return log.recordsOf(topics.usageAccepted, partition).flatMap(({ value }) => {
    const fact = decode(value);
    if (fact.kind !== "UsageAccepted" || fact.raw_offset > through) return [];
    const rows = columns.rowsOf(fact.cut, partition);
    const isThere = rows.some(({ event }) => event.raw_offset === fact.raw_offset);
    return isThere ? [] : [`${partition}/${fact.raw_offset}`];
  });
}

/** Whether a part is being made again: its record is on the log before any row of it goes. */
function isRepairing({ log }: SinkSaid): boolean {
  const evolve = createCutsFold();
  const facts = log.recordsOf(topics.cuts, 0).map(({ value }) => decode(value) as CutFact);
  const { repairs } = facts.reduce(evolve, noCuts);
  return repairs.values().some(({ isDone }) => !isDone);
}

test.each([true, false])(
  "a sink never says that it has what the columns do not have, but for what is being repaired, through crashes, takeovers and lost answers (transactions: %s)",
  { timeout: 300_000 },
  async (transactions) => {
    let saidMost = -1;
    for (let seed = 1; seed <= seeds; seed += 1) {
      const onSink = (said: SinkSaid) => {
        const missing = missingOf(said);
        if (missing.length > 0 && isRepairing(said)) return;
        expect(missing, `seed ${seed}: up to ${said.through}`).toEqual([]);
        saidMost = Math.max(saidMost, said.through);
      };
      const outcome = await runWorld({ seed, steps: 250, transactions, isUntouched: true, onSink });
      expect(outcome.corruptions).toBe(0);
    }
    expect(saidMost).toBeGreaterThan(10);
  },
);
