import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Passwords } from "@tallybook/local";
import { expect, test } from "vitest";
import { keepUsers } from "../src/up/keep-users.ts";
import { type Exit, supervise } from "../src/up/supervisor.ts";

const passwords: Passwords = {
  tallybook: "a",
  analyst: "b",
  auditor: "c",
  finance: "d",
  tenants: { default: "e" },
};

test("ClickHouse is started anew when a tenant's user is added, and knows it then", async () => {
  const dir = mkdtempSync(path.join(tmpdir(), "tally-users-"));
  const file = path.join(dir, "passwords.json");
  const write = (tenants: Passwords["tenants"]) =>
    writeFileSync(file, JSON.stringify({ ...passwords, tenants }));
  write(passwords.tenants);
  const restarted = Promise.withResolvers<void>();
  const restart = () => Promise.resolve(restarted.resolve());
  const stop = keepUsers({ file, known: () => passwords, server: { restart } });
  try {
    write({ ...passwords.tenants, newcomer: "f" });
    await restarted.promise;
  } finally {
    stop();
    rmSync(dir, { recursive: true, force: true });
  }
});

test("what is asked to start anew ends gently and starts at once, without a word of a death", async () => {
  const said: string[] = [];
  const starts: number[] = [];
  const supervised = await supervise(
    {
      name: "engine",
      async start(attempt) {
        starts.push(attempt);
        const ended = Promise.withResolvers<Exit>();
        return {
          pid: attempt + 1,
          exited: ended.promise,
          async stop() {
            ended.resolve({ code: 0, signal: null });
          },
        };
      },
      lastWords: () => "",
    },
    { say: (line) => said.push(line), changed: () => {} },
  );
  await supervised.restart();
  await supervised.stop();
  expect(starts).toEqual([0, 1]);
  expect(said).toEqual(["engine is started anew"]);
  expect(supervised.restarts()).toBe(1);
});
