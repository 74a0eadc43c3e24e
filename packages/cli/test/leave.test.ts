import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";

const source = new URL("../src/leave.ts", import.meta.url).href;
const bytes = 10_000_000;

function writing(): ReturnType<typeof spawn> {
  const script = `import { leave } from ${JSON.stringify(source)}; process.stdout.write("x".repeat(${bytes})); await leave(3);`;
  return spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

test("a process leaves when all it has written was read, by whoever takes its time as well", async () => {
  const child = writing();
  await sleep(500);
  let read = 0;
  child.stdout?.on("data", (chunk: Buffer) => (read += chunk.length));
  expect(await once(child, "close")).toEqual([3, null]);
  expect(read).toBe(bytes);
});

test("whoever reads no more holds nobody", async () => {
  const child = writing();
  child.stdout?.once("data", () => child.stdout?.destroy());
  expect((await once(child, "exit"))[1]).toBeNull();
});
