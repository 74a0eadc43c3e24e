import {
  applyExample,
  listInvoices,
  monthBegin,
  readTraces,
  requestCut,
  stream,
  traceSubscribers,
} from "@tallybook/cli";
import { askClickHouse } from "@tallybook/local";
import { startStack, type TestStack, traces } from "@tallybook/testkit";
import { expect, test } from "vitest";
import { expectAnalytics } from "./support/analytics.ts";
import { advance, expectIdentity, novemberClosed, tracesEnd } from "./support/billing.ts";
import { tally } from "./support/tally.ts";
import { until } from "./support/until.ts";

test("ClickHouse is dropped and made again from Kafka while events come and a month closes, and every table is what it was", async () => {
  using data = traces(1);
  await using stack = await startStack({ clock: monthBegin });
  const { target } = stack;
  await applyExample(target, traceSubscribers(2));
  await advance(target, tracesEnd);
  const events = readTraces(data.dir, 2).slice(0, 6_000);
  for (const feed of [events.slice(0, 2_000), events.slice(2_000, 4_000)]) {
    await stream(target, feed);
    await requestCut(target, "a feed", { remark: () => {} });
  }
  const made = await tablesMadeAt(stack);
  const rebuilding = tally(["rebuild", "columns", "--data", stack.dir]);
  // It compares what was there when it began: nothing more comes before the tables are gone.
  await until("the tables to be dropped", async () => {
    const now = await tablesMadeAt(stack).catch(() => made);
    return now === made ? undefined : true;
  });
  await stream(target, events.slice(4_000));
  await advance(target, novemberClosed);
  const rebuilt = await rebuilding;
  expect(rebuilt.err).not.toContain("Error");
  expect(rebuilt.out).toContain("Every table is what it was");
  expect(rebuilt.out).toMatch(/usage_events +4000 +4000 /);
  expect(rebuilt.out).toMatch(/mirror_catalog +\d+ +\d+ /);
  expect(rebuilt.code).toBe(0);
  expect(await listInvoices(target)).toHaveLength(2);
  await expectIdentity(stack);
  await expectAnalytics(stack);
});

/** When the columns' tables were made; something else while there are none. */
async function tablesMadeAt(stack: TestStack): Promise<string> {
  const { url, database } = stack.run().clickhouse;
  const answer = await askClickHouse(url, `SELECT min(ran_at) FROM ${database}.migrations`);
  return answer.text;
}
