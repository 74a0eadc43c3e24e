import { mirroredRanges, untilMirrored } from "@tallybook/audit";
import { withEngines } from "@tallybook/cli";
import { analyticsOf, rowsOf } from "@tallybook/columns";
import { type Log, readAll } from "@tallybook/log";
import type { TestStack } from "@tallybook/testkit";
import { decode, topics } from "@tallybook/wire";
import type { Fact, FactOf } from "@tallybook/wire";
import { expect } from "vitest";

import { unitsOf } from "../../contract/aggregation-oracle.ts";

/** What the views are held against, besides the log. */
export interface AnalyticsExpected {
  readonly partitions?: number;
  /** Whether usage has a price; all has, unless given. */
  readonly isPriced?: (meter: string, dimensions: Readonly<Record<string, string>>) => boolean;
}

/** Invoice lines, postings and usage as billed, as an analyst's tool reads them, are those of the log. */
export async function expectAnalytics(
  stack: TestStack,
  expected: AnalyticsExpected = {},
): Promise<void> {
  const run = stack.run();
  const analytics = analyticsOf({ database: run.clickhouse.database });
  await withEngines(run, async ({ log, columns }) => {
    const ranges = await mirroredRanges(log, expected.partitions ?? 4);
    const behind = await untilMirrored(columns, ranges, { patienceMs: 60_000, lookMs: 100 });
    expect(behind).toBeUndefined();
    const ask = <Row>(query: string, parameters: Record<string, unknown> = {}) =>
      rowsOf<Row>(columns.client, query.replaceAll("analytics.", `${analytics}.`), parameters);
    await expectInvoiceLines(ask, await factsOf(log, topics.invoices, "InvoiceFinalized"));
    const transactions = await factsOf(log, topics.journal, "TransactionPosted");
    await expectPostings(ask, transactions);
    await expectSettlements(ask, transactions);
    await expectUsageAt(ask, transactions, expected);
    await expectRejected(ask, log, expected.partitions ?? 4);
  });
}

type Ask = <Row>(query: string, parameters?: Record<string, unknown>) => Promise<Row[]>;
type Dimensions = Readonly<Record<string, string>>;

async function factsOf<Kind extends Fact["kind"]>(
  log: Log,
  topic: string,
  kind: Kind,
): Promise<FactOf<Kind>[]> {
  const facts: FactOf<Kind>[] = [];
  for await (const { value } of readAll(log, topic, 0)) {
    const fact = decode(value);
    if (fact.kind === kind) facts.push(fact as FactOf<Kind>);
  }
  return facts;
}

/** Every line, in its order; their sum is the invoice's total. All invoices here are in dollars. */
async function expectInvoiceLines(
  ask: Ask,
  invoices: readonly FactOf<"InvoiceFinalized">[],
): Promise<void> {
  const rows = await ask<{ number: string; description: string; cents: string; exact: string }>(
    `SELECT number, description, toString(toInt64(amount * 100)) AS cents, toString(exact) AS exact
      FROM analytics.invoice_lines ORDER BY number, line`,
  );
  const wanted = invoices
    .toSorted((a, b) => (a.number < b.number ? -1 : 1))
    .flatMap(({ number, lines }) =>
      lines.map(({ description, amount, exact }) => ({
        number,
        description,
        cents: amount,
        exact,
      })),
    );
  expect(rows).toEqual(wanted);
  const sums = await ask<{ invoice: string; cents: string }>(
    "SELECT invoice, toString(toInt64(sum(amount) * 100)) AS cents FROM analytics.invoice_lines GROUP BY invoice",
  );
  expect(new Map(sums.map(({ invoice, cents }) => [invoice, cents]))).toEqual(
    new Map(
      invoices
        .filter(({ lines }) => lines.length > 0)
        .map(({ invoice, total }) => [invoice, total]),
    ),
  );
}

async function expectPostings(
  ask: Ask,
  transactions: readonly FactOf<"TransactionPosted">[],
): Promise<void> {
  const rows = await ask<{ transaction: string; account: string; amount: string }>(
    "SELECT transaction, account, toString(amount) AS amount FROM analytics.journal_postings ORDER BY seq, posting",
  );
  expect(rows).toEqual(
    transactions.flatMap(({ id, postings }) =>
      postings.map(({ account, amount }) => ({ transaction: id, account, amount })),
    ),
  );
  const balance = await ask(
    "SELECT currency FROM analytics.journal_postings GROUP BY currency HAVING sum(amount) != 0",
  );
  expect(balance).toEqual([]);
}

/** What money takes off each invoice. */
async function expectSettlements(
  ask: Ask,
  transactions: readonly FactOf<"TransactionPosted">[],
): Promise<void> {
  const rows = await ask<{ transaction: string; invoice: string; amount: string }>(
    "SELECT transaction, invoice, toString(amount) AS amount FROM analytics.settlements",
  );
  const wanted = transactions.flatMap(({ id, evidence }) =>
    evidence.settles.map(({ invoice, amount }) => ({ transaction: id, invoice, amount })),
  );
  expect(new Set(rows.map((row) => JSON.stringify(row)))).toEqual(
    new Set(wanted.map((row) => JSON.stringify(row))),
  );
}

interface UsageAt {
  readonly customer: string;
  readonly subscription: string;
  readonly meter: string;
  readonly merging: string;
  readonly of: Dimensions;
  readonly total: string;
  readonly highest: string;
  readonly lowest: string;
  readonly latest: string;
  readonly distinct: string;
  readonly number: string;
}

/** The quantity that every line stands on comes out of `usage_at` again, at the cut that it was known at. */
async function expectUsageAt(
  ask: Ask,
  transactions: readonly FactOf<"TransactionPosted">[],
  { isPriced = () => true }: AnalyticsExpected,
): Promise<void> {
  const metered = transactions.filter(
    ({ transaction_kind: kind, evidence }) =>
      (kind === "usage" || kind === "adjustment") && evidence.meter !== null,
  );
  const compared = Map.groupBy(metered, ({ evidence: { cut, period_from, period_to } }) =>
    JSON.stringify([cut, period_from, period_to]),
  );
  for (const [key, ofPeriod] of compared) {
    const [cut, from, to] = JSON.parse(key) as [number, number, number];
    const rows = await ask<UsageAt>(
      `SELECT customer, subscription, meter, merging, if(merging = 'sum', dimensions, map()) AS of,
          toString(sum(quantity)) AS total, toString(max(quantity)) AS highest, toString(min(quantity)) AS lowest,
          toString(argMax(quantity, (latest_time, latest_partition, latest_offset))) AS latest,
          toString(uniqExact(value)) AS distinct, toString(sum(count)) AS number
        FROM analytics.usage_at(cut = {cut:UInt32})
        WHERE time >= fromUnixTimestamp64Micro({from:Int64}) AND time < fromUnixTimestamp64Micro({to:Int64})
        GROUP BY customer, subscription, meter, merging, of`,
      { cut, from, to },
    );
    for (const { evidence, seq } of ofPeriod) {
      const own = rows.filter(
        (row) =>
          row.customer === evidence.customer &&
          row.meter === evidence.meter &&
          (row.subscription === "" || row.subscription === evidence.subscription) &&
          isPriced(row.meter, row.of),
      );
      const what = `transaction ${seq}: ${evidence.meter} of ${evidence.customer} at cut ${cut}`;
      expectQuantity(what, own, evidence.quantity);
    }
  }
}

function expectQuantity(what: string, rows: readonly UsageAt[], quantity: string): void {
  const [first] = rows;
  const sum = (of: (row: UsageAt) => string) =>
    rows.reduce((total, row) => total + unitsOf(of(row)), 0n);
  switch (first?.merging) {
    case undefined:
      expect(quantity, what).toBe("0");
      return;
    case "average": {
      // Cut somewhere behind the last of twelve decimals.
      const number = BigInt(first.number);
      const rest = unitsOf(first.total) - unitsOf(quantity) * number;
      expect(
        rest < number && rest > -number,
        `${what}: ${first.total} / ${number}, ${quantity}`,
      ).toBe(true);
      return;
    }
    case "max":
      expect(first.highest, what).toBe(quantity);
      return;
    case "min":
      expect(first.lowest, what).toBe(quantity);
      return;
    case "latest":
      expect(first.latest, what).toBe(quantity);
      return;
    case "unique":
      expect(first.distinct, what).toBe(quantity);
      return;
    default:
      expect(
        sum(({ total }) => total),
        what,
      ).toBe(unitsOf(quantity));
  }
}

/** Each refusal and duplicate once, and the original of each that has one. */
async function expectRejected(ask: Ask, log: Log, partitions: number): Promise<void> {
  const wanted: { place: string; reason: string }[] = [];
  for (let partition = 0; partition < partitions; partition += 1)
    for await (const { value } of readAll(log, topics.usageRejected, partition)) {
      const fact = decode(value) as FactOf<"UsageRejected" | "UsageDuplicated">;
      const reason = fact.kind === "UsageRejected" ? fact.reason : "duplicate";
      wanted.push({ place: `${partition}/${fact.raw_offset}`, reason });
    }
  const rows = await ask<{ place: string; reason: string }>(
    "SELECT concat(toString(log_partition), '/', toString(raw_offset)) AS place, reason FROM analytics.rejected ORDER BY log_partition, raw_offset",
  );
  expect(rows).toEqual(wanted);
  const lost = await ask(
    `SELECT id FROM analytics.rejected AS rejected
      LEFT ANTI JOIN analytics.usage_events AS original
        ON rejected.log_partition = original.log_partition AND rejected.original_offset = original.raw_offset AND rejected.tenant = original.tenant
      WHERE rejected.original_offset IS NOT NULL`,
  );
  expect(lost).toEqual([]);
}
