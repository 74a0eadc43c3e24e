import { applyExample, readTraces, requestCut, stream, traceSubscribers } from "@tallybook/cli";
import type { UsageEvent } from "@tallybook/client";
import type { TestStack } from "@tallybook/testkit";
import { advance, decemberClosed, januaryClosed, novemberClosed, tracesEnd } from "./billing.ts";

const customers = 20;

/** A piece of work: usage to feed, and then a cut to ask for. Each resolves when it has passed, whatever dies meanwhile. */
export type Work = {
  readonly feed: () => Promise<unknown>;
  readonly cut: () => Promise<unknown>;
};

/** How the pieces are worked off. */
export type Course = (work: Work) => Promise<void>;

/** The trace workload in three feeds, each with its cut; then two more months close. */
export async function billInFeeds(stack: TestStack, dir: string, course: Course): Promise<void> {
  const { target } = stack;
  await begin(stack);
  const [first, second, third] = thirds(readTraces(dir, customers));
  for (const events of [first, second]) {
    await course({
      feed: () => stream(target, events),
      cut: () => requestCut(target, "a feed", { remark: () => {} }),
    });
  }
  await course({
    feed: () => stream(target, third),
    cut: () => advance(target, novemberClosed),
  });
  await advance(target, decemberClosed);
  await advance(target, januaryClosed);
}

/** The trace workload at once; then three months close, of which each is work for rater and invoicer. */
export async function billInMonths(stack: TestStack, dir: string, course: Course): Promise<void> {
  const { target } = stack;
  await begin(stack);
  await stream(target, readTraces(dir, customers));
  for (const closed of [novemberClosed, decemberClosed, januaryClosed]) {
    await course({ feed: async () => {}, cut: () => advance(target, closed) });
  }
}

/** Nothing happens. */
export const undisturbed: Course = async ({ feed, cut }) => {
  await feed();
  await cut();
};

async function begin({ target }: TestStack): Promise<void> {
  await applyExample(target, traceSubscribers(customers));
  await advance(target, tracesEnd);
}

function thirds(events: readonly UsageEvent[]): [UsageEvent[], UsageEvent[], UsageEvent[]] {
  const size = Math.ceil(events.length / 3);
  return [events.slice(0, size), events.slice(size, 2 * size), events.slice(2 * size)];
}
