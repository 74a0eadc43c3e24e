import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { describe, expect, test } from "vitest";

type Ended = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string[];
  readonly log: Record<string, unknown>[];
};

/** Runs the sample service; `signal` is sent once it says that it is up. */
async function runSample(
  fault: string,
  { signal, env }: { signal?: NodeJS.Signals; env?: Record<string, string> } = {},
): Promise<Ended> {
  const program = path.join(import.meta.dirname, "program.ts");
  const child = spawn(process.execPath, [program, fault], { env: { ...process.env, ...env } });
  let out = "";
  let log = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk));
  child.stderr.on("data", (chunk: Buffer) => {
    log += chunk;
    if (signal && String(chunk).includes('"up"')) child.kill(signal);
  });
  const [code, endSignal] = (await once(child, "close")) as [number | null, string | null];
  const lines = log.split("\n").filter((line) => line.startsWith("{"));
  return {
    code,
    signal: endSignal,
    out: out.trim().split("\n"),
    log: lines.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

const closedInReverse = ["closed third", "closed second", "closed first"];

describe("a service", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "closes in reverse on %s and exits with 0",
    async (signal) => {
      const ended = await runSample("none", { signal });
      expect(ended).toMatchObject({ code: 0, signal: null });
      expect(ended.out.slice(-3)).toEqual(closedInReverse);
      expect(ended.log.map((line) => line["msg"])).toEqual(["up", "stopping", "stopped"]);
    },
  );

  test("whose work is done exits with 0", async () => {
    expect(await runSample("return")).toMatchObject({ code: 0, out: closedInReverse });
  });

  test("that fails closes what it opened, says why in one line and exits with 1", async () => {
    const ended = await runSample("main");
    expect(ended).toMatchObject({ code: 1, out: closedInReverse });
    expect(ended.log).toMatchObject([
      { level: "error", service: "sample", msg: "failed", error: { message: "main failed" } },
    ]);
  });

  test.each([
    ["fenced", 3, "another process has taken over, and this one leaves", "the epoch is old"],
    ["stalled", 4, "there is work and nothing moves", "partition 3 has had work for 1 s"],
  ])("that is %s says so in one line and exits with %i", async (fault, code, msg, why) => {
    const ended = await runSample(fault);
    expect(ended).toMatchObject({ code, out: closedInReverse });
    expect(ended.log).toMatchObject([
      {
        level: "error",
        msg: expect.stringContaining(msg) as string,
        error: { message: expect.stringContaining(why) as string },
      },
    ]);
  });

  test("closes the rest when one closer fails, and exits with 1", async () => {
    const ended = await runSample("closer", { signal: "SIGTERM" });
    expect(ended.code).toBe(1);
    expect(ended.out.slice(-3)).toEqual(closedInReverse);
    expect(ended.log.at(-1)).toMatchObject({ error: { message: "the closer failed" } });
  });

  test("ends at once with 1 when an error escapes", async () => {
    const ended = await runSample("escaped");
    expect(ended.code).toBe(1);
    expect(ended.log.at(-1)).toMatchObject({ error: { message: "nobody caught this" } });
  });

  test("dies at its fail point, at the hit that was named", async () => {
    const env = { FAILPOINT: "rater.read:throw:1,deduper.read:kill:3" };
    expect(await runSample("none", { env })).toMatchObject({
      signal: "SIGKILL",
      out: ["turn 0", "turn 1"],
    });
  });
});
