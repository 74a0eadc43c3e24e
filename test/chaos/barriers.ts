import { connectLog, follow } from "@tallybook/log";
import type { TestStack } from "@tallybook/testkit";
import { topics } from "@tallybook/wire";

import { askForCut } from "./orders.ts";

/** Sees on the log which cuts have all their barriers: what is acknowledged after that belongs to a later one. */
export interface Barriers extends AsyncDisposable {
  /**
   * Resolves when a cut is placed that knows the fact of `catalog` at this offset, and at whose opening every spool was
   * known to be empty: a month waits for such a cut. Asks for another cut now and then.
   */
  until(catalogOffset: number): Promise<void>;
}

interface Placed {
  /** Catalog offset of each cut that was opened with empty spools. */
  readonly opened: ReadonlyMap<number, number>;
  /** Facts of `catalog` below it are known to a placed one of them. */
  readonly known: number;
}

const askAgainMs = 5_000;
const triesMax = 60;

export async function watchBarriers(stack: TestStack): Promise<Barriers> {
  const { brokers, topic_prefix } = stack.run().kafka;
  const log = await connectLog({
    brokers: brokers.split(","),
    prefix: topic_prefix,
    clientId: "chaos",
  });
  const follower = await follow<Placed>({
    log,
    topic: topics.cuts,
    initial: { opened: new Map(), known: 0 },
    evolve(placed, fact) {
      if (fact.kind === "CutOpened" && fact.complete)
        return { ...placed, opened: new Map(placed.opened).set(fact.cut, fact.catalog_offset) };
      if (fact.kind !== "CutPlaced") return placed;
      return { ...placed, known: Math.max(placed.known, placed.opened.get(fact.cut) ?? 0) };
    },
  });
  // Who waits is told of a failure.
  follower.done.catch(() => {});
  return {
    async until(catalogOffset) {
      for (let tries = 0; follower.state().known <= catalogOffset; tries += 1) {
        if (tries === triesMax) throw new Error(`no whole cut knows ${catalogOffset} of catalog`);
        const signal = AbortSignal.timeout(askAgainMs);
        await follower
          .until(({ known }) => known > catalogOffset, signal)
          .catch((error: unknown) => {
            if (!signal.aborted) throw error;
          });
        if (follower.state().known <= catalogOffset) await askForCut(stack.target);
      }
    },
    async [Symbol.asyncDispose]() {
      await follower.close();
      await log.close();
    },
  };
}
