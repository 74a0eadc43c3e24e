import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { monthBegin, requestCut } from "@tallybook/cli";
import { freePorts } from "@tallybook/local";
import {
  expectedInvoices,
  startStack,
  type TestStack,
  type Traces,
  traces,
} from "@tallybook/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { asExpected, expectIdentity, invoicesText } from "./support/billing.ts";
import { type RunningEngines, runEngines } from "./support/engines.ts";
import { activeOf, startTwin, untilSaid, untilTakenOver } from "./support/instances.ts";
import { billInFeeds, type Course } from "./support/scenario.ts";

const partitions = ["--partitions", "6"];

let engines: RunningEngines;
let data: Traces;

beforeAll(async () => {
  engines = await runEngines();
  data = traces(1);
});

afterAll(async () => {
  await engines[Symbol.asyncDispose]();
  data[Symbol.dispose]();
});

/** The identity holds, and November is what the oracle says. */
async function expectTotals(stack: TestStack): Promise<void> {
  await expectIdentity(stack);
  const invoices = JSON.parse(await invoicesText(stack.target));
  const november = invoices.filter(
    (invoice: { period: { from: string } }) => invoice.period.from === "2023-11-01T00:00:00Z",
  );
  expect(asExpected(november)).toEqual(expectedInvoices(data.dir, 20));
}

/** Does one after the other with the pieces of the work. */
function inTurn(courses: readonly Course[]): Course {
  let turn = 0;
  return (work) => {
    turn += 1;
    return (courses[turn - 1] as Course)(work);
  };
}

test("two of each bill as one does, while active ones are killed, stand still, and an ordinal is started twice", async () => {
  const options = { clock: monthBegin, engines: engines.next(), instances: 2, args: partitions };
  await using stack = await startStack(options);
  expect(stack.said()).toMatch(/rater-[01] is ready/);
  expect(stack.said()).toMatch(/rater-[01] stands by/);

  const killed: Course = async ({ feed, cut }) => {
    const services = ["catalog", "rater", "invoicer"];
    const active = await Promise.all(services.map((service) => activeOf(stack, service)));
    // Everything comes twice, over both doors, one of which dies.
    const feeding = Promise.all([feed(), feed()]);
    for (const name of [...active, "ingest-0", "deduper-1", "aggregator-0"])
      await stack.signal(name, "SIGKILL");
    await Promise.all(
      services.map((service, i) => untilTakenOver(stack, service, active[i] ?? "")),
    );
    await feeding;
    await cut();
    await stack.untilReady();
  };

  const stopped: Course = async ({ feed, cut }) => {
    const rater = await activeOf(stack, "rater");
    const pid = await stack.signal(rater, "SIGSTOP");
    const work = Promise.all([feed(), feed()]).then(cut);
    await untilTakenOver(stack, "rater", rater);
    await work;
    process.kill(pid, "SIGCONT");
    expect(await untilSaid(stack, new RegExp(`${rater} ended with code .*`))).toMatch(
      /code 3 \(another process has taken over, and this one leaves: .*; starting it again in 2 s/,
    );
    await stack.untilReady();
    expect(await activeOf(stack, "rater")).not.toBe(rater);
  };

  const doubled: Course = async ({ feed, cut }) => {
    const twin = { ORDINAL: "1", INSTANCES: "2", PARTITIONS: "6" };
    await using deduper = startTwin(stack, "deduper", twin);
    await using aggregator = startTwin(stack, "aggregator", twin);
    await Promise.all([deduper.untilTaken(3), aggregator.untilTaken(3)]);
    // A fenced one notices when it next commits: a deduper at its next batch, an aggregator at the barrier.
    const work = Promise.all([feed(), feed()]).then(cut);
    expect(await untilSaid(stack, /deduper-1 ended with code.*/)).toMatch(
      /code 3 \(another process has taken over, and this one leaves: .*; starting it again in 2 s/,
    );
    await untilSaid(stack, /aggregator-1 ended with code 3/);
    await work;
    // The supervised ones came back in time, and took over in their turn: of two starts the later one counts.
    await stack.untilReady();
    await requestCut(stack.target, "the twins notice", { remark: () => {} });
    expect(await Promise.all([deduper.exited, aggregator.exited])).toEqual([3, 3]);
  };

  await billInFeeds(stack, data.dir, inTurn([killed, stopped, doubled]));
  await expectTotals(stack);
});

test("instances are added and removed while events come, and the partitions go with their owners", async () => {
  const [port = 0] = await freePorts(1);
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-e2e-"));
  const options = { engines: engines.next(), dir, port, args: partitions };
  let stack = await startStack({ ...options, clock: monthBegin, instances: 2 });
  const become =
    (instances: number): Course =>
    async ({ feed, cut }) => {
      const feeding = Promise.all([feed(), feed()]);
      await stack.stop();
      stack = await startStack({ ...options, instances });
      await feeding;
      await cut();
    };
  try {
    await billInFeeds(stack, data.dir, inTurn([become(3), become(1), become(2)]));
    await expectTotals(stack);
  } finally {
    await stack[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  }
});
