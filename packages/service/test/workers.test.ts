import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { runWorkers, Stalled, type Worker } from "../src/index.ts";

function worker(name: string, turn: Worker["turn"]): Worker {
  return { name, turn };
}

test("each worker takes its turns until they are stopped, and the last turn is finished", async () => {
  const stop = new AbortController();
  const turns = { a: 0, b: 0 };
  let underWay = 0;
  const counting = (name: "a" | "b", outcome: "worked" | "idle") =>
    worker(name, async () => {
      underWay += 1;
      await sleep(1);
      turns[name] += 1;
      underWay -= 1;
      if (turns.a >= 5 && turns.b >= 5) stop.abort();
      return outcome;
    });
  await runWorkers([counting("a", "worked"), counting("b", "idle")], stop.signal, { idleMs: 1 });
  expect(turns.a).toBeGreaterThanOrEqual(5);
  expect(turns.b).toBeGreaterThanOrEqual(5);
  expect(underWay).toBe(0);
});

test("the error of one worker ends all of them", async () => {
  let others = 0;
  const failing = worker("failing", async () => {
    await sleep(5);
    throw new Error("fenced");
  });
  const idle = worker("idle", async () => {
    others += 1;
    return "idle";
  });
  const running = runWorkers([failing, idle], new AbortController().signal, { idleMs: 1 });
  await expect(running).rejects.toThrow("fenced");
  const before = others;
  await sleep(10);
  expect(others).toBe(before);
});

test("a turn that never ends, of a worker whose work nobody can ask for, is an error", async () => {
  const silent = worker("partition 3", () => new Promise(() => {}));
  const stopping = AbortSignal.timeout(60_000);
  const running = runWorkers([silent], stopping, { silentMsMax: 50, lookMs: 10 });
  await expect(running).rejects.toThrow(Stalled);
}, 10_000);

test("an idle worker stops at once", async () => {
  const stop = new AbortController();
  const idle = worker("idle", async () => "idle");
  const running = runWorkers([idle], stop.signal, { idleMs: 60_000 });
  setTimeout(() => stop.abort(), 10);
  await running;
});
