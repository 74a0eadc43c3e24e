import { monthBegin, random } from "@tallybook/cli";
import {
  expectedInvoices,
  startStack,
  type StackOptions,
  type TestStack,
  type Traces,
  traces,
} from "@tallybook/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { asExpected, expectIdentity, invoicesText } from "./support/billing.ts";
import { type RunningEngines, runEngines } from "./support/engines.ts";
import { killing } from "./support/killing.ts";
import { billInFeeds, billInMonths, undisturbed } from "./support/scenario.ts";

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);

let engines: RunningEngines;
let data: Traces;
/** Of a run in which nobody died. */
let clean: string;

beforeAll(async () => {
  engines = await runEngines();
  data = traces(1);
  clean = (await billed({}, (stack) => billInFeeds(stack, data.dir, undisturbed))).invoices;
});

afterAll(async () => {
  await engines[Symbol.asyncDispose]();
  data[Symbol.dispose]();
});

/** Bills the trace workload on a deployment of its own; the identity holds at the end, whatever happened. */
async function billed(
  options: StackOptions,
  bill: (stack: TestStack) => Promise<void>,
): Promise<{ invoices: string; said: string }> {
  await using stack = await startStack({ clock: monthBegin, engines: engines.next(), ...options });
  await bill(stack);
  await expectIdentity(stack);
  return { invoices: await invoicesText(stack.target), said: stack.said() };
}

test("undisturbed, the invoices are what the oracle says", () => {
  const november = JSON.parse(clean).filter(
    (invoice: { period: { from: string } }) => invoice.period.from === "2023-11-01T00:00:00Z",
  );
  expect(asExpected(november)).toEqual(expectedInvoices(data.dir, 20));
});

test.each(["kafka", "clickhouse"])(
  `%s is killed three times while there is work, and tally up starts it again (SEED=${seed})`,
  async (name) => {
    const { invoices, said } = await billed({ engines: undefined }, (stack) =>
      billInFeeds(stack, data.dir, killing(stack, name, random(seed))),
    );
    expect(said.match(new RegExp(`${name} was ended by SIGKILL`, "g"))).toHaveLength(3);
    expect(invoices).toBe(clean);
  },
);

test("the rater is killed three times, and the invoices are the same to the byte", async () => {
  const { invoices } = await billed({}, (stack) =>
    billInMonths(stack, data.dir, killing(stack, "rater", random(seed))),
  );
  expect(invoices).toBe(clean);
});

test("without Kafka's transactions the invoices are the same", async () => {
  const { invoices } = await billed({ env: { TRANSACTIONS: "off" } }, (stack) =>
    billInFeeds(stack, data.dir, undisturbed),
  );
  expect(invoices).toBe(clean);
});
