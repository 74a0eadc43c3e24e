import { monthBegin, random } from "@tallybook/cli";
import { expectedInvoices, startStack, type Traces, traces } from "@tallybook/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { asExpected, expectIdentity, invoicesText } from "./support/billing.ts";
import { type SharedEngines, sharedEngines } from "./support/engines.ts";
import { killing } from "./support/killing.ts";
import { billInFeeds, billInMonths, undisturbed } from "./support/scenario.ts";

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
let engines: SharedEngines;
let data: Traces;
/** Of a run in which nobody was killed. */
let clean: string;

beforeAll(async () => {
  engines = await sharedEngines();
  data = traces(1);
  await using stack = await startStack({ clock: monthBegin, engines: engines.next() });
  await billInFeeds(stack, data.dir, undisturbed);
  await expectIdentity(stack);
  clean = await invoicesText(stack.target);
});

afterAll(async () => {
  await engines[Symbol.asyncDispose]();
  data[Symbol.dispose]();
});

test("undisturbed, the invoices are what the oracle says", () => {
  const november = JSON.parse(clean).filter(
    (invoice: { period: { from: string } }) => invoice.period.from === "2023-11-01T00:00:00Z",
  );
  expect(asExpected(november)).toEqual(expectedInvoices(data.dir, 20));
});

test.each([
  { name: "catalog", bill: billInFeeds },
  { name: "ingest", bill: billInFeeds },
  { name: "deduper", bill: billInFeeds },
  { name: "aggregator", bill: billInFeeds },
  { name: "rater", bill: billInMonths },
  { name: "invoicer", bill: billInMonths },
  { name: "kafka", bill: billInFeeds },
  { name: "clickhouse", bill: billInFeeds },
])(`$name is killed three times while it has work (SEED=${seed})`, async ({ name, bill }) => {
  const isEngine = name === "kafka" || name === "clickhouse";
  await using stack = await startStack({
    clock: monthBegin,
    ...(isEngine ? {} : { engines: engines.next() }),
  });
  await bill(stack, data.dir, killing(stack, name, random(seed)));
  expect(stack.said().match(new RegExp(`${name} was ended by SIGKILL`, "g"))).toHaveLength(3);
  await expectIdentity(stack);
  expect(await invoicesText(stack.target)).toBe(clean);
});
