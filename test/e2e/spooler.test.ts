import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { expectEachOnce, startLoadable, usageTime } from "./support/each-once.ts";
import { beginLoad } from "./support/load.ts";
import { until } from "./support/until.ts";

const main = path.join(import.meta.dirname, "../../packages/cli/src/main.ts");

test("spooler, ingest and Kafka are killed while events are sent: each that was acknowledged counts once", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "tallybook-spooler-"));
  let spooler: Spooler | undefined;
  try {
    await using stack = await startLoadable();
    spooler = await startSpooler(stack.target.url, folder, 0);
    const { url, port } = spooler;
    const load = beginLoad({ ...stack.target, url }, { senders: 4, time: usageTime, pauseMs: 20 });
    const more = async (): Promise<void> => {
      const goal = load.acknowledged.size + 150;
      await until("more answers", async () => load.acknowledged.size > goal || undefined);
    };
    await more();
    for (const name of ["ingest", "kafka", "ingest"] as const) {
      await stack.signal(name, "SIGKILL");
      await more();
      await killed(spooler.process);
      spooler = await startSpooler(stack.target.url, folder, port);
      await more();
    }
    await stack.untilReady();
    await load.stop();
    await until("an empty spool", async () => (await stateOf(url)).waiting === 0 || undefined);
    // No connection: what a killed process never answered.
    expect([...load.refusals.keys()].filter((status) => status !== 0)).toEqual([]);
    expect((await stateOf(url)).dead).toBe(0);
    await expectEachOnce(stack, load);
  } finally {
    if (spooler !== undefined) await killed(spooler.process);
    rmSync(folder, { recursive: true, force: true });
  }
});

interface Spooler {
  readonly process: ChildProcess;
  readonly url: string;
  readonly port: number;
}

/** `tally spool` as a process of its own, which takes a signal itself. */
async function startSpooler(to: string, folder: string, port: number): Promise<Spooler> {
  const args = [main, "spool", "--url", to, "--folder", folder, "--port", String(port)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const url = /http:\S+/.exec(line.toString())?.[0] ?? "";
  return { process: child, url, port: Number(new URL(url).port) };
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "close");
  child.kill("SIGKILL");
  await ended;
}

async function stateOf(url: string): Promise<{ readonly waiting: number; readonly dead: number }> {
  const answer = await fetch(new URL("/spool", url));
  return (await answer.json()) as { waiting: number; dead: number };
}
