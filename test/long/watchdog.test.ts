import { setTimeout as sleep } from "node:timers/promises";
import { listInvoices } from "@tallybook/cli";
import type { TestStack } from "@tallybook/testkit";
import { expect, test } from "vitest";
import { advance, novemberClosed } from "../e2e/support/billing.ts";
import { expectEachOnce, startLoadable, usageTime } from "../e2e/support/each-once.ts";
import { beginLoad } from "../e2e/support/load.ts";
import { until } from "../e2e/support/until.ts";

const awayMs = 120_000;
/** Between two requests of a sender, so that the columns get through what gathers. */
const pauseMs = 50;
const patienceMs = 180_000;

test("while ClickHouse stands still for two minutes all wait and say so, nobody is started again, and nothing is lost", async () => {
  await using stack = await startLoadable();
  const load = beginLoad(stack.target, { senders: 4, time: usageTime, pauseMs });
  await until("the first answers", async () => load.acknowledged.size > 200 || undefined);
  const before = stack.said().length;
  const clickhouse = await stack.signal("clickhouse", "SIGSTOP");
  const endsAt = performance.now() + awayMs;
  await until("the notice", async () => (await unready(stack)).includes("clickhouse") || undefined);
  while (performance.now() < endsAt) {
    await sleep(2_000);
    // Who sends does not notice: ingest, catalog and deduper have nothing to do with it.
    expect(await unready(stack)).toEqual(["aggregator", "clickhouse", "rater"]);
  }
  const acknowledged = load.acknowledged.size;
  process.kill(clickhouse, "SIGCONT");
  await until("everybody", async () => (await isReady(stack)) || undefined, patienceMs);
  await until("more", async () => load.acknowledged.size > acknowledged || undefined);
  await load.stop();
  expect([...load.refusals]).toEqual([]);
  await expectEachOnce(stack, load);
  expect(stack.said().slice(before)).not.toMatch(/starting it again/);
  await advance(stack.target, novemberClosed);
  expect(await listInvoices(stack.target)).toHaveLength(1);
});

test("an aggregator with a silent worker leaves with 4, is started again, and bills what it had left lying", async () => {
  await using stack = await startLoadable({
    failPoints: { aggregator: "aggregator.inserted:hang:3" },
  });
  const load = beginLoad(stack.target, { senders: 4, time: usageTime, pauseMs });
  const ending = await until(
    "the aggregator to leave",
    async () => /aggregator ended with .*/.exec(stack.said())?.[0],
    patienceMs,
  );
  expect(ending).toMatch(
    /^aggregator ended with code 4 \(there is work and nothing moves: a new process shall go on: .* has had work for \d+ s and shows no sign of life\); starting it again in 0\.2 s$/,
  );
  await stack.untilReady();
  await load.stop();
  expect([...load.refusals]).toEqual([]);
  await expectEachOnce(stack, load);
  expect(stack.said().match(/starting it again/g)).toHaveLength(1);
  await advance(stack.target, novemberClosed);
  expect(await listInvoices(stack.target)).toHaveLength(1);
});

/** Names of the services and engines that are not ready, in order. */
async function unready(stack: TestStack): Promise<string[]> {
  const answer = await fetch(`${stack.target.url}/readyz`);
  const { services, engines } = (await answer.json()) as Record<
    "services" | "engines",
    Record<string, { ready: boolean }>
  >;
  return Object.entries({ ...services, ...engines })
    .filter(([, { ready }]) => !ready)
    .map(([name]) => name)
    .toSorted();
}

async function isReady(stack: TestStack): Promise<boolean> {
  return (await unready(stack)).length === 0;
}
