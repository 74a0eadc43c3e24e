import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { isAlive } from "../src/up/process-mark.ts";
import { readRunFile } from "../src/up/run-file.ts";
import { startStack } from "../src/up/stack.ts";
import { stubs } from "./stub/stub-stack.ts";

test("one address answers for every service, and run.json tells where everything is", async () => {
  await using stub = await stubs();
  const stack = await startStack(stub.options);
  try {
    expect((await fetch(`${stack.url}/readyz`)).status).toBe(200);
    const progress = await (await fetch(`${stack.url}/v1/progress`)).json();
    expect(progress).toMatchObject({ ingest: { catalog_offset: 7 }, rater: { catalog_offset: 7 } });
    for (const [route, service] of [
      ["/v1/events/batch", "ingest"],
      ["/v1/invoices?customer=x", "invoicer"],
      ["/v1/journal/balance", "rater"],
      ["/v1/apply", "catalog"],
      ["/registry/subjects/x", "catalog"],
    ]) {
      const answer = await fetch(`${stack.url}${route}`, { method: "POST", body: "{}" });
      expect([route, answer.headers.get("x-service")]).toEqual([route, service]);
    }
    const run = readRunFile(stub.dir);
    expect(run).toMatchObject({ pid: process.pid, url: stack.url, ready: true });
    expect(Object.keys(run?.processes ?? {}).sort()).toEqual([
      "aggregator",
      "catalog",
      "deduper",
      "ingest",
      "invoicer",
      "rater",
    ]);
    for (const file of ["run.json", "admin.key", "signing.pem", "deployment.json"]) {
      expect([file, statSync(path.join(stub.dir, file)).mode & 0o077]).toEqual([file, 0]);
    }
  } finally {
    await stack.stop();
  }
  expect(existsSync(path.join(stub.dir, "run.json"))).toBe(false);
});

test("the gateway streams bodies, and passes on an early refusal and a service's death", async () => {
  await using stub = await stubs();
  const stack = await startStack(stub.options);
  try {
    const megabyte = Buffer.alloc(1024 * 1024, "x");
    const echo = await fetch(`${stack.url}/v1/events`, {
      method: "POST",
      body: Buffer.concat(Array.from({ length: 8 }, () => megabyte)),
    });
    expect((await echo.arrayBuffer()).byteLength).toBe(8 * megabyte.length);
    expect(echo.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    for (let times = 0; times < 20; times += 1) {
      const early = await fetch(`${stack.url}/v1/events/refuse`, {
        method: "POST",
        body: Buffer.concat([megabyte, megabyte]),
      });
      expect([early.status, await early.json()]).toEqual([413, { title: "too large" }]);
    }
    const dead = await fetch(`${stack.url}/v1/events/die`, { method: "POST", body: "{}" });
    expect([dead.status, dead.headers.get("retry-after")]).toEqual([503, "1"]);
    expect((await fetch(`${stack.url}/elsewhere`)).status).toBe(404);
  } finally {
    await stack.stop();
  }
});

test("what dies is started again, with a fail point at its first start only", async () => {
  await using stub = await stubs();
  const stack = await startStack({
    ...stub.options,
    failPoints: { deduper: "deduper.stored:kill:1" },
  });
  try {
    const first = readRunFile(stub.dir)?.processes["deduper"]?.pid ?? 0;
    process.kill(first, "SIGKILL");
    const second = await until(() => {
      const pid = readRunFile(stub.dir)?.processes["deduper"]?.pid;
      return pid !== undefined && pid !== first ? pid : undefined;
    });
    expect(stub.said).toContain("deduper was ended by SIGKILL; starting it again in 0.2 s");
    await untilReady(stack.url);
    process.kill(second, "SIGKILL");
    await until(() => stub.said.find((line) => line.includes("starting it again in 0.4 s")));
    await until(() => readRunFile(stub.dir)?.processes["deduper"]?.pid);
    await untilReady(stack.url);
    const starts = readFileSync(path.join(stub.dir, "deduper.starts"), "utf8").trim().split("\n");
    expect(starts.slice(0, 2)).toEqual(["deduper.stored:kill:1", "-"]);
  } finally {
    await stack.stop();
  }
});

test("a fail point that a test leaves in a file holds for the next start of its service, and no other", async () => {
  await using stub = await stubs();
  const armed = path.join(stub.dir, "armed");
  vi.stubEnv("FAILPOINT_DIR", armed);
  const stack = await startStack(stub.options);
  try {
    mkdirSync(armed);
    writeFileSync(path.join(armed, "rater"), "rater.read:kill:2\n");
    const starts = (): string[] =>
      readFileSync(path.join(stub.dir, "rater.starts"), "utf8").trim().split("\n");
    for (const count of [2, 3]) {
      process.kill(readRunFile(stub.dir)?.processes["rater"]?.pid ?? 0, "SIGKILL");
      await until(() => (starts().length === count ? count : undefined));
      await until(() => readRunFile(stub.dir)?.processes["rater"]?.pid);
    }
    expect(starts()).toEqual(["-", "rater.read:kill:2", "-"]);
  } finally {
    vi.unstubAllEnvs();
    await stack.stop();
  }
});

test("several of each share the requests, and a standby or a dead one gets none of them", async () => {
  await using stub = await stubs();
  const stack = await startStack({ ...stub.options, instances: 2 });
  try {
    const ready = await (await fetch(`${stack.url}/readyz`)).json();
    expect(ready).toMatchObject({
      ready: true,
      services: {
        "rater-0": { ready: true },
        "rater-1": { ready: false, standby: true },
        "deduper-1": { ready: true },
      },
    });
    expect(stub.said.join("\n")).toMatch(/rater-1 stands by/);
    const progress = await (await fetch(`${stack.url}/v1/progress`)).json();
    // The last of those that share the work, and the active one of those that do not.
    expect(progress).toMatchObject({ ingest: { catalog_offset: 6 }, rater: { catalog_offset: 7 } });

    const answeredBy = async (route: string): Promise<string | null> => {
      const answer = await fetch(`${stack.url}${route}`, { method: "POST", body: "{}" });
      return answer.headers.get("x-ordinal");
    };
    const ordinals = new Set<string | null>();
    for (let times = 0; times < 4; times += 1) ordinals.add(await answeredBy("/v1/events"));
    expect(ordinals).toEqual(new Set(["0", "1"]));
    for (let times = 0; times < 4; times += 1) expect(await answeredBy("/v1/apply")).toBe("0");

    const pidOf = (name: string): number => readRunFile(stub.dir)?.processes[name]?.pid ?? 0;
    const dead = pidOf("ingest-0");
    process.kill(dead, "SIGKILL");
    await until(async () => (pidOf("ingest-0") === 0 ? true : undefined));
    // Also before anybody has noticed.
    for (let times = 0; times < 4; times += 1) {
      expect(["0", "1"]).toContain(await answeredBy("/v1/events"));
    }
  } finally {
    await stack.stop();
  }
  // The same ports again, and those of the two that were one before.
  const fewer = await startStack(stub.options);
  expect(Object.keys(fewer.run.services)).toHaveLength(6);
  await fewer.stop();
  const again = await startStack({ ...stub.options, instances: 2 });
  expect(again.run.services).toEqual(stack.run.services);
  await again.stop();
});

test("a second start on the same directory is refused, and says who runs there", async () => {
  await using stub = await stubs();
  const stack = await startStack(stub.options);
  try {
    await expect(startStack(stub.options)).rejects.toThrow(
      `another \`tally up\` (process ${process.pid}) runs on ${stub.dir}`,
    );
  } finally {
    await stack.stop();
  }
  const again = await startStack(stub.options);
  expect(again.place.ports).toEqual(stack.place.ports);
  await again.stop();
});

test("a taken port, other partitions and a clock over the wall clock are refused in words", async () => {
  await using stub = await stubs();
  const stack = await startStack(stub.options);
  const port = Number(new URL(stack.url).port);
  const other = { ...stub.options, dir: `${stub.dir}-2` };
  await expect(startStack({ ...other, port })).rejects.toThrow(`port ${port} is taken`);
  await stack.stop();
  await expect(startStack({ ...stub.options, partitions: 9 })).rejects.toThrow("4 partitions");
  await expect(startStack({ ...stub.options, clock: "2023-11-01T00:00:00Z" })).rejects.toThrow(
    "runs on the wall clock",
  );
});

test("nothing is left running when the whole is killed by force", async () => {
  await using stub = await stubs();
  const runner = spawn(
    process.execPath,
    [path.join(import.meta.dirname, "stub/run-stack.ts"), JSON.stringify(stub.options)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await new Promise((resolve) => runner.stdout.once("data", resolve));
  const marks = Object.values(readRunFile(stub.dir)?.processes ?? {});
  expect(marks.filter(isAlive)).toHaveLength(6);
  runner.kill("SIGKILL");
  await until(() => (marks.some(isAlive) ? undefined : true));
  // What it left in the directory does not stand in the way of the next start.
  const stack = await startStack(stub.options);
  await stack.stop();
});

async function untilReady(url: string): Promise<void> {
  while ((await fetch(`${url}/readyz`)).status !== 200) await sleep(50);
}

async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(50);
  }
  throw new Error("waited in vain");
}
