import { monthBegin, random } from "@tallybook/cli";
import { startStack, type StackOptions, type Traces, traces } from "@tallybook/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectIdentity, invoicesText } from "./support/billing.ts";
import { type SharedEngines, sharedEngines } from "./support/engines.ts";
import { billInFeeds, undisturbed } from "./support/scenario.ts";

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const chance = random(seed);

let engines: SharedEngines;
let data: Traces;
/** Of a run in which nobody died. */
let clean: string;

beforeAll(async () => {
  engines = await sharedEngines();
  data = traces(1);
  clean = (await billed({})).invoices;
});

afterAll(async () => {
  await engines[Symbol.asyncDispose]();
  data[Symbol.dispose]();
});

/** Bills the trace workload under these conditions; the identity holds at the end. */
async function billed(options: StackOptions): Promise<{ invoices: string; said: string }> {
  await using stack = await startStack({ clock: monthBegin, engines: engines.next(), ...options });
  await billInFeeds(stack, data.dir, undisturbed);
  await expectIdentity(stack);
  return { invoices: await invoicesText(stack.target), said: stack.said() };
}

// The first cuts come with the start, the catalog and the clock: each point is passed a few times before there is usage.
test.each([
  { service: "deduper", point: "deduper.stored", after: "the identity store", passes: 13 },
  { service: "deduper", point: "deduper.produced", after: "the produce", passes: 13 },
  { service: "aggregator", point: "aggregator.inserted", after: "the insert", passes: 1 },
  { service: "aggregator", point: "closer.barriers", after: "some barriers of a cut", passes: 13 },
  { service: "rater", point: "rater.appended", after: "the journal's append", passes: 4 },
])(
  "$service dies after $after, with usage on its way (SEED=" + seed + ")",
  async ({ service, point, passes }) => {
    const spec = `${point}:kill:${passes + chance.below(3)}`;
    const { invoices, said } = await billed({ failPoints: { [service]: spec } });
    expect(said, spec).toContain(`${service} was ended by SIGKILL`);
    expect(invoices).toBe(clean);
  },
);

test("without Kafka's transactions the totals are the same", async () => {
  const { invoices } = await billed({ env: { TRANSACTIONS: "off" } });
  expect(invoices).toBe(clean);
});
