import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { listInvoices, withEngines } from "@tallybook/cli";
import { readAll } from "@tallybook/log";
import { startStack, type TestStack } from "@tallybook/testkit";
import type { CutOpened } from "@tallybook/usage";
import { decode, topics } from "@tallybook/wire";
import { expect, test } from "vitest";
import { advance, expectIdentity, novemberClosed } from "./support/billing.ts";
import { expectEachOnce, pendingOf, startLoadable, usageTime } from "./support/each-once.ts";
import { beginLoad, type Load } from "./support/load.ts";
import { until } from "./support/until.ts";

/** Five minutes where there is time for it: `npm run test:long`. */
const awayMs = Number(process.env["KAFKA_AWAY_SECONDS"] ?? 12) * 1_000;
/** Between two requests of a sender, so that the columns get through what gathers. */
const pauseMs = awayMs > 60_000 ? 50 : 5;

test("with Kafka away under load every event is answered soon, and each counts once when Kafka is back", async () => {
  await using stack = await startLoadable();
  const load = beginLoad(stack.target, { senders: 8, time: usageTime, pauseMs });
  await until("the first answers", async () => load.acknowledged.size > 200 || undefined);
  const kafka = await stack.signal("kafka", "SIGSTOP");
  await untilSpooled(stack, 500);
  await sleep(awayMs);
  expect(load.slowestMs()).toBeLessThan(8_000);
  // What hung is dead now, and starts anew.
  process.kill(kafka, "SIGKILL");
  await untilBack(stack);
  await load.stop();
  expect([...load.refusals]).toEqual([]);
  await expectEachOnce(stack, load);
});

test("ingest dies while it keeps events: those that it acknowledged count once", async () => {
  await using stack = await startLoadable();
  const load = beginLoad(stack.target, { senders: 4, time: usageTime });
  await until("the first answers", async () => load.acknowledged.size > 100 || undefined);
  const kafka = await stack.signal("kafka", "SIGSTOP");
  const pending = await untilSpooled(stack, 200);
  await stack.signal("ingest", "SIGKILL");
  process.kill(kafka, "SIGKILL");
  await stack.untilReady();
  expect(pending).toBeGreaterThan(200);
  await untilBack(stack);
  await load.stop();
  await expectEachOnce(stack, load);
});

test("an ingest that is removed leaves its spool to those that stay: what it had acknowledged counts once", async () => {
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-removed-"));
  try {
    const load = await beforeRemoval(dir);
    const left = path.join(dir, "ingest-1", "spool", "1");
    expect(readdirSync(left).some((name) => statSync(path.join(left, name)).size > 1_000)).toBe(
      true,
    );
    await using stack = await startStack({ dir, instances: 1 });
    await untilBack(stack);
    await expectEachOnce(stack, load);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

/** Two ingests that took events while Kafka stood still, and ended before it came back. */
async function beforeRemoval(dir: string): Promise<Load> {
  await using stack = await startLoadable({ dir, instances: 2 });
  const load = beginLoad(stack.target, { senders: 8, time: usageTime, pauseMs });
  await until("the first answers", async () => load.acknowledged.size > 100 || undefined);
  const kafka = await stack.signal("kafka", "SIGSTOP");
  for (const name of ["ingest-0", "ingest-1"]) await untilSpooled(stack, 100, name);
  await load.stop();
  // All of it ends before Kafka is up again.
  process.kill(kafka, "SIGKILL");
  return load;
}

test("the spool's disk is full: what was acknowledged counts once, and the rest is told to come again", async ({
  skip,
}) => {
  await using disk = smallDisk(4);
  skip(disk.whyNot !== undefined, disk.whyNot);
  await using stack = await startLoadable({ env: { SPOOL_DIR: disk.folder } });
  const load = beginLoad(stack.target, { senders: 4, time: usageTime, padding: 4_000 });
  await until("the first answers", async () => load.acknowledged.size > 100 || undefined);
  const kafka = await stack.signal("kafka", "SIGSTOP");
  await until("a full disk", async () => (load.refusals.get(503) ?? 0) > 10 || undefined);
  const inSpool = await pendingOf(stack);
  expect(inSpool).toBeGreaterThan(100);
  process.kill(kafka, "SIGKILL");
  await untilBack(stack);
  const before = load.acknowledged.size;
  await until("new events", async () => load.acknowledged.size > before + 100 || undefined);
  await load.stop();
  expect([...load.refusals.keys()]).toEqual([503]);
  await expectEachOnce(stack, load);
});

test("a month's end that is cut while ingest does not answer is billed by the complete cut that follows", async () => {
  await using stack = await startLoadable();
  const load = beginLoad(stack.target, { senders: 2, time: usageTime });
  await until("some events", async () => load.acknowledged.size > 100 || undefined);
  await load.stop();
  await stack.signal("ingest", "SIGSTOP");
  const advancing = advance(stack.target, novemberClosed);
  const incomplete = await until("an incomplete cut", async () =>
    (await cutsOpened(stack)).find(({ complete }) => !complete),
  );
  expect(incomplete.spools).toEqual([{ ingest: "ingest-0", pending: -1 }]);
  await until("the cut is closed and passed", async () => {
    const answer = await fetch(`${stack.run().services["rater"]}/progress`);
    const { cut } = (await answer.json()) as { cut: number };
    return cut >= incomplete.cut || undefined;
  });
  expect(await listInvoices(stack.target)).toEqual([]);
  await stack.signal("ingest", "SIGCONT");
  await advancing;
  const [invoice] = await until("an invoice", async () => {
    const invoices = await listInvoices(stack.target);
    return invoices.length > 0 ? invoices : undefined;
  });
  expect(invoice?.customer).toBe("c-1");
  const after = (await cutsOpened(stack)).slice(incomplete.cut + 1);
  expect(after).toMatchObject([{ time: incomplete.time, complete: true }]);
  await expectIdentity(stack);
});

async function cutsOpened(stack: TestStack): Promise<CutOpened[]> {
  return withEngines(stack.run(), async ({ log }) => {
    const opened: CutOpened[] = [];
    for await (const { value } of readAll(log, topics.cuts, 0)) {
      const fact = decode(value);
      if (fact.kind === "CutOpened") opened.push(fact);
    }
    return opened;
  });
}

function untilSpooled(stack: TestStack, records: number, name?: string): Promise<number> {
  return until(`${records} records in the spool`, async () => {
    const pending = await pendingOf(stack, name);
    return pending !== undefined && pending > records ? pending : undefined;
  });
}

/** Until Kafka has all that was kept, and events go straight there. */
async function untilBack(stack: TestStack): Promise<void> {
  await stack.untilReady();
  await until("an empty spool", async () => (await pendingOf(stack)) === 0 || undefined);
}

/** A file system of so many MiB, or why there is none. */
function smallDisk(mebibytes: number) {
  const folder = mkdtempSync(path.join(tmpdir(), "tallybook-small-"));
  const mount = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", folder]);
  const whyNot =
    mount.status === 0
      ? undefined
      : `a small disk cannot be mounted here: ${mount.error?.message ?? mount.stderr.toString().trim()}`;
  return {
    folder,
    whyNot,
    async [Symbol.asyncDispose]() {
      if (whyNot === undefined) spawnSync("umount", [folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
