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
import { readAll } from "@tallybook/log";
import { startStack, type TestStack, traces } from "@tallybook/testkit";
import type { PartRepairBegun, PartRepaired } from "@tallybook/usage";
import { decode, topics } from "@tallybook/wire";
import { expect, test } from "vitest";
import {
  advance,
  expectIdentity,
  invoicesText,
  novemberClosed,
  tracesEnd,
} from "./support/billing.ts";
import { until } from "./support/until.ts";

/** What somebody with a client can do to the tables, and what the records of the repairs name. */
const rounds = [
  {
    what: "rows change",
    statements: [
      "ALTER TABLE usage_events UPDATE id = 'another' WHERE id = 'code-7' SETTINGS mutations_sync = 2",
      "ALTER TABLE rollups UPDATE quantity = quantity + 1 WHERE customer = 'cust-01' SETTINGS mutations_sync = 2",
      "ALTER TABLE usage_live UPDATE quantity = quantity * 2 WHERE customer = 'cust-01' SETTINGS mutations_sync = 2",
    ],
    differences: ["events_digest", "rollups_digest", "live totals"],
  },
  {
    what: "rows are deleted, and there twice, and of tenants and parts that the log does not have",
    statements: [
      "DELETE FROM measurements WHERE raw_offset % 5 = 0",
      "INSERT INTO usage_events SELECT * FROM usage_events WHERE id LIKE 'code-1%'",
      "INSERT INTO usage_live SELECT * FROM usage_live LIMIT 1",
      `INSERT INTO rollups (${rollupColumns("cut", "log_partition", "tenant")}) SELECT ${rollupColumns("cut", "log_partition", "'stranger'")} FROM rollups LIMIT 3`,
      `INSERT INTO rollups (${rollupColumns("cut", "log_partition", "tenant")}) SELECT ${rollupColumns("cut + 5000", "900", "tenant")} FROM rollups LIMIT 3`,
    ],
    differences: [
      "rows in measurements",
      "rows in usage_events",
      "rows in usage_live",
      "rows in rollups",
      "partition 900: rows that the log does not have",
    ],
  },
  {
    what: "a partition is dropped, a table emptied, and another dropped",
    statements: [
      "ALTER TABLE measurements DROP PARTITION (0, 1)",
      "TRUNCATE TABLE rollups",
      "DROP TABLE usage_events SYNC",
    ],
    differences: ["rows in measurements", "rows in rollups", "rows in usage_events"],
  },
  {
    what: "the live totals are dropped, and the view that feeds them",
    statements: ["DROP TABLE usage_live_feed SYNC", "DROP TABLE usage_live SYNC"],
    differences: ["rows in usage_live"],
  },
];

test("whatever somebody does to closed parts is mended by itself, with a record of it, and the invoices are those of a stack that was left alone", async () => {
  using data = traces(1);
  const untouched = await invoicesOf(data.dir, async () => {});
  const doctored = await invoicesOf(data.dir, async (stack) => {
    for (const { what, statements, differences } of rounds) {
      const before = (await repairsOf(stack)).length;
      for (const statement of statements) await ask(stack, statement);
      await until(`the repairs after ${what}`, async () => {
        const found = await mendedSince(stack, before);
        return differences.every((difference) => found?.includes(difference)) ? found : undefined;
      });
    }
  });
  expect(doctored).toEqual(untouched);
}, 300_000);

test("a row that changes while its cut is open is mended at its end, and the part says by which repair", async () => {
  using data = traces(1);
  await using stack = await begin(data.dir);
  await until("rows of the open cut", async () =>
    (await ask(stack, "SELECT count() FROM measurements FORMAT TSV")).startsWith("0")
      ? undefined
      : true,
  );
  await ask(
    stack,
    "ALTER TABLE usage_events UPDATE id = 'another' WHERE 1 SETTINGS mutations_sync = 2",
  );
  await requestCut(stack.target, "after rows were doctored", { remark: () => {} });
  await advance(stack.target, novemberClosed);
  const begun = (await repairsOf(stack)).filter((fact) => fact.kind === "PartRepairBegun");
  expect(begun.length).toBeGreaterThan(0);
  expect(begun.flatMap(({ differences }) => differences).join("\n")).toContain("events_digest");
  expect(await listInvoices(stack.target)).toHaveLength(2);
  await expectIdentity(stack);
});

async function begin(dir: string): Promise<TestStack> {
  const stack = await startStack({ clock: monthBegin });
  await applyExample(stack.target, traceSubscribers(2));
  await advance(stack.target, tracesEnd);
  await stream(stack.target, readTraces(dir, 2).slice(0, 4_000));
  return stack;
}

/** Bills November, with something happening between the usage and the month's end. */
async function invoicesOf(
  dir: string,
  between: (stack: TestStack) => Promise<void>,
): Promise<string> {
  await using stack = await begin(dir);
  await requestCut(stack.target, "before anything happens", { remark: () => {} });
  await between(stack);
  await advance(stack.target, novemberClosed);
  expect(await listInvoices(stack.target)).toHaveLength(2);
  await expectIdentity(stack);
  return invoicesText(stack.target);
}

/** The differences that new repairs name, once they have all ended and are at least one. */
async function mendedSince(stack: TestStack, before: number): Promise<string | undefined> {
  const repairs = (await repairsOf(stack)).slice(before);
  const open = new Set<string>();
  for (const fact of repairs) {
    const name = `${fact.cut}/${fact.partition}`;
    if (fact.kind === "PartRepairBegun") open.add(name);
    else open.delete(name);
  }
  if (repairs.length === 0 || open.size > 0) return undefined;
  return repairs
    .flatMap((fact) => (fact.kind === "PartRepairBegun" ? fact.differences : []))
    .join("\n");
}

async function repairsOf(stack: TestStack): Promise<(PartRepairBegun | PartRepaired)[]> {
  return withEngines(stack.run(), async ({ log }) => {
    const repairs: (PartRepairBegun | PartRepaired)[] = [];
    for await (const { value } of readAll(log, topics.cuts, 0)) {
      const fact = decode(value);
      if (fact.kind === "PartRepairBegun" || fact.kind === "PartRepaired") repairs.push(fact);
    }
    return repairs;
  });
}

async function ask(stack: TestStack, statement: string): Promise<string> {
  const { url, database } = stack.run().clickhouse;
  const { origin, username, password } = new URL(url);
  const answer = await fetch(`${origin}/?database=${database}`, {
    method: "POST",
    body: statement,
    headers: { "x-clickhouse-user": username, "x-clickhouse-key": decodeURIComponent(password) },
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}

function rollupColumns(cut: string, partition: string, tenant: string): string {
  return `${cut}, ${partition}, ${tenant}, customer, subscription, meter, meter_version, slot, dimensions, quantity, count`;
}
