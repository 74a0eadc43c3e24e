import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import {
  createFailpoints,
  createPulse,
  runWorkers,
  Stalled,
  withSigns,
  type Worker,
} from "../src/index.ts";

/** A hundredth of what holds in a service, where thirty seconds of silence are too many. */
const limits = { silentMsMax: 300, lookMs: 50, idleMs: 5 };

/** How a worker ends that is watched for so long. */
async function watched(worker: Worker, forMs: number): Promise<unknown> {
  const stop = AbortSignal.timeout(forMs);
  return runWorkers([worker], stop, limits).then(
    () => "stays",
    (error: unknown) => error,
  );
}

const hasWork = async (): Promise<boolean> => true;
const hasNone = async (): Promise<boolean> => false;

test("one that has work and turns in vain leaves, and says which and for how long", async () => {
  const turn = async () => "idle" as const;
  const outcome = await watched({ name: "partition 3", turn, lag: hasWork }, 10_000);
  expect(outcome).toBeInstanceOf(Stalled);
  expect((outcome as Error).message).toMatch(
    /^partition 3 has had work for \d s and shows no sign of life$/,
  );
});

test("one that a fail point makes hang leaves as one that hangs, and others go on until then", async () => {
  const reached = createFailpoints("aggregator.read:hang:2");
  let turns = 0;
  const hanging = async () => {
    turns += 1;
    reached("aggregator.read");
    return "worked" as const;
  };
  let others = 0;
  const other = async () => {
    others += 1;
    return "idle" as const;
  };
  const running = runWorkers(
    [
      { name: "hangs", turn: hanging, lag: hasWork },
      { name: "goes on", turn: other, lag: hasNone },
    ],
    AbortSignal.timeout(10_000),
    limits,
  );
  await expect(running).rejects.toThrow(/^hangs has had work/);
  expect(turns).toBe(2);
  expect(others).toBeGreaterThan(turns);
});

test("one that hangs in its turn with work before it leaves", async () => {
  const turn = () => new Promise<"idle">(() => {});
  expect(await watched({ name: "hangs", turn, lag: hasWork }, 10_000)).toBeInstanceOf(Stalled);
});

test("an idle one stays, however long, and so does one that hangs without work", async () => {
  const idle = async () => "idle" as const;
  expect(await watched({ name: "idle", turn: idle, lag: hasNone }, 1_500)).toBe("stays");
  let release = (_: "idle"): void => {};
  const fetching = new Promise<"idle">((resolve) => (release = resolve));
  setTimeout(() => release("idle"), 1_500);
  expect(await watched({ name: "waits", turn: () => fetching, lag: hasNone }, 1_400)).toBe("stays");
});

test("one that waits for what it knows to be away stays for ten times as long", async () => {
  const turn = async (stopping: AbortSignal) => {
    await sleep(100, undefined, { signal: stopping }).catch(() => {});
    return "waiting" as const;
  };
  expect(await watched({ name: "waits", turn, lag: hasWork }, 3_000)).toBe("stays");
});

test("one whose work nobody can see now stays: the log is away", async () => {
  const lag = () => Promise.reject(new Error("Kafka does not answer"));
  const turn = async () => "idle" as const;
  expect(await watched({ name: "unseen", turn, lag }, 1_500)).toBe("stays");
});

test("a long turn with signs of life stays, and so does one that asks a client for long", async () => {
  const pulse = createPulse();
  const beating = setInterval(() => pulse.beat(), 100);
  const long = async () => {
    await sleep(1_500);
    return "worked" as const;
  };
  expect(await watched({ name: "long", turn: long, lag: hasWork, pulse }, 1_000)).toBe("stays");
  clearInterval(beating);
});

test("a client's calls are signs of life from their beginning to their end, and change nothing", async () => {
  const pulse = createPulse();
  const client = withSigns(
    {
      name: "ClickHouse",
      double: (value: number) => value * 2,
      ask: async (question: string) => `${question}!`,
      fail: async () => Promise.reject(new Error("away")),
    },
    pulse,
  );
  expect([client.name, client.double(2), pulse.count()]).toEqual(["ClickHouse", 4, 0]);
  expect(await client.ask("ready")).toBe("ready!");
  expect(pulse.count()).toBe(2);
  await expect(client.fail()).rejects.toThrow("away");
  expect(pulse.count()).toBe(4);
});

test("work that comes after a long idle time has its full time", async () => {
  const begun = performance.now();
  let hasCome = false;
  setTimeout(() => (hasCome = true), 1_000);
  const turn = async () => "idle" as const;
  const outcome = await watched({ name: "late", turn, lag: async () => hasCome }, 10_000);
  expect(outcome).toBeInstanceOf(Stalled);
  expect(performance.now() - begun).toBeGreaterThan(1_300);
});
