import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

import { expect, test } from "vitest";

const command = path.join(import.meta.dirname, "../chaos/run.ts");

test("a chaos run that is interrupted between its faults says so, ends with 130 and leaves nothing behind", async () => {
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-interrupted-"));
  const child = spawn(process.execPath, [command, "--minutes", "2", "--seed", "5"], {
    env: { ...process.env, TMPDIR: dir },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "close");
  const lines: string[] = [];
  for await (const line of createInterface(child.stderr)) {
    lines.push(line);
    // From here on something goes wrong every few seconds, so faults come due while everything is being stopped.
    if (line.startsWith("… 10 s: ")) {
      expect(readdirSync(dir)).toHaveLength(1);
      child.kill("SIGINT");
    }
  }
  expect(await ended, lines.join("\n")).toEqual([130, null]);
  expect(lines.at(-1)).toBe("the run was ended before its time");
  expect(readdirSync(dir)).toEqual([]);
  rmSync(dir, { recursive: true });
}, 300_000);
