import { reconcile } from "@tallybook/audit";
import {
  applyExample,
  listInvoices,
  monthBegin,
  readTraces,
  requestCut,
  stream,
  traceSubscribers,
  withEngines,
} from "@tallybook/cli";
import { askClickHouse } from "@tallybook/local";
import { startStack, type TestStack, traces } from "@tallybook/testkit";
import { expect, test } from "vitest";
import { advance, expectIdentity, novemberClosed, tracesEnd } from "./support/billing.ts";
import { until } from "./support/until.ts";

test("a doctored ClickHouse row keeps the rater from rating, until the row is right again", async () => {
  using data = traces(1);
  await using stack = await startStack({ clock: monthBegin });
  const { target } = stack;
  await applyExample(target, traceSubscribers(2));
  await advance(target, tracesEnd);
  await stream(target, readTraces(data.dir, 2).slice(0, 4_000));
  await requestCut(target, "before the rows are doctored", { remark: () => {} });

  await alter(stack, "usage_events UPDATE id = 'another' WHERE id = 'code-7'");
  await alter(stack, "rollups UPDATE quantity = quantity + 1 WHERE customer = 'cust-01'");
  const closing = advance(target, novemberClosed);
  await until("the rater to say that it cannot rate", () => refusal(stack));
  expect(await listInvoices(target)).toEqual([]);
  const { rows } = await withEngines(stack.run(), reconcile);
  expect(rows.some((row) => row.residual !== "0")).toBe(true);

  // One of the two right again is not enough.
  await alter(stack, "rollups UPDATE quantity = quantity - 1 WHERE customer = 'cust-01'");
  expect(await refusal(stack)).toContain("not rating");
  expect(await listInvoices(target)).toEqual([]);

  await alter(stack, "usage_events UPDATE id = 'code-7' WHERE id = 'another'");
  await closing;
  expect(await listInvoices(target)).toHaveLength(2);
  await expectIdentity(stack);
});

async function alter(stack: TestStack, change: string): Promise<void> {
  const { url, database } = stack.run().clickhouse;
  const statement = `ALTER TABLE ${database}.${change} SETTINGS mutations_sync = 2`;
  expect(await askClickHouse(url, statement)).toEqual({ status: 200, text: "" });
}

/** What the rater's readiness says against it; undefined while it says nothing. */
async function refusal(stack: TestStack): Promise<string | undefined> {
  const answer = await fetch(`${stack.run().services["rater"]}/readyz`);
  return answer.ok ? undefined : await answer.text();
}
