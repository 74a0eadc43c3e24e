import { applyExample, monthBegin, requestCut, withEngines } from "@tallybook/cli";
import { readAll } from "@tallybook/log";
import { type StackOptions, startStack, type TestStack } from "@tallybook/testkit";
import { decode, topics } from "@tallybook/wire";
import { expect } from "vitest";
import { advance, expectIdentity } from "./billing.ts";
import type { Load } from "./load.ts";
import { until } from "./until.ts";

const noon = "2023-11-15T12:00:00Z";
/** Of the events of a load, half an hour before the deployment's clock. */
export const usageTime = "2023-11-15T11:30:00Z";
const subscribers = {
  customers: [{ customer: "c-1" }],
  subscriptions: [{ customer: "c-1", plan: "ai_developer", start: monthBegin }],
};
/** Of a stack that is not told otherwise. */
const partitions = 4;

/** A deployment that bills the customer of `beginLoad`. */
export async function startLoadable(options: StackOptions = {}): Promise<TestStack> {
  const stack = await startStack({ clock: monthBegin, ...options });
  await applyExample(stack.target, subscribers);
  await advance(stack.target, noon);
  return stack;
}

/** Records in the spool; undefined where that ingest does not answer. */
export async function pendingOf(
  stack: TestStack,
  name: string = "ingest",
): Promise<number | undefined> {
  try {
    const answer = await fetch(`${stack.run().services[name]}/spool`);
    return ((await answer.json()) as { pending: number }).pending;
  } catch {
    return undefined;
  }
}

/** Every acknowledged event is accepted once, what is accepted was sent, and the identity holds. */
export async function expectEachOnce(stack: TestStack, load: Load): Promise<void> {
  await until("an empty spool", async () => (await pendingOf(stack)) === 0 || undefined);
  await requestCut(stack.target, "all is in", { remark: () => {} });
  await expectIdentity(stack);
  const accepted = await acceptedIds(stack);
  const ids = new Set(accepted);
  expect(ids.size).toBe(accepted.length);
  expect([...load.acknowledged].filter((id) => !ids.has(id))).toEqual([]);
  expect(accepted.filter((id) => !load.sent.has(id))).toEqual([]);
}

async function acceptedIds(stack: TestStack): Promise<string[]> {
  return withEngines(stack.run(), async ({ log }) => {
    const ids: string[] = [];
    for (let partition = 0; partition < partitions; partition += 1) {
      for await (const { value } of readAll(log, topics.usageAccepted, partition)) {
        const fact = decode(value);
        if (fact.kind === "UsageAccepted") ids.push(fact.id);
      }
    }
    return ids;
  });
}
