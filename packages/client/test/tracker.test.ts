import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createClient } from "../src/client.ts";
import { TrackerFull, type TrackedEvent, type TrackerOptions } from "../src/index.ts";
import { startService, type Fault } from "./stub/service.ts";

const quick = { lingerMs: 1, backOffMsMin: 1, backOffMsMax: 4, flushAtExit: false } as const;

function trackerTo(url: string, options: TrackerOptions = {}, answerMsMax = 10_000) {
  return createClient({ url, key: "k", answerMsMax }).tracker({ ...quick, ...options });
}

function event(number: number): TrackedEvent {
  return { id: `e-${number}`, type: "t", customer: "c" };
}

function idsUpTo(count: number): string[] {
  return Array.from({ length: count }, (_, number) => `e-${number}`);
}

test("what is tracked in one go is sent in batches, in order", async () => {
  await using service = await startService();
  const tracker = await trackerTo(service.url, { itemsMax: 1_000 });
  for (let number = 0; number < 2_500; number += 1) tracker.track(event(number));
  expect(await tracker.close()).toEqual({ accepted: 2_500, refused: 0, dropped: 0, waiting: 0 });
  expect(service.requests.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
  expect(service.requests.flat()).toEqual(idsUpTo(2_500));
});

test("an event without an id gets one, and a time, when it is tracked; a repeat has the same", async () => {
  await using service = await startService();
  service.faults.push("taken, then broken", "broken", { status: 503 });
  const tracker = await trackerTo(service.url);
  const before = new Date().toISOString();
  const id = tracker.track({ type: "t", customer: "c" });
  const tracked = new Date().toISOString();
  await tracker.close();
  expect(service.requests).toEqual([[id], [id], [id], [id]]);
  expect([...service.accepted.keys()]).toEqual([id]);
  const { time = "" } = service.accepted.get(id) ?? {};
  expect([before, time, tracked].toSorted()).toEqual([before, time, tracked]);
});

test("an event is what it was when it was tracked, whatever its maker does with it then", async () => {
  await using service = await startService();
  const tracker = await trackerTo(service.url);
  const properties: Record<string, string> = { tokens: "5" };
  tracker.track({ ...event(0), properties });
  properties["tokens"] = "9";
  await tracker.close();
  expect(service.accepted.get("e-0")?.properties).toEqual({ tokens: "5" });
});

const passing: readonly (readonly [string, Fault])[] = [
  ["429 with a time to wait", { status: 429, headers: { "retry-after": "0" } }],
  ["503", { status: 503 }],
  ["500", { status: 500 }],
  ["a wrong key, until it is mended", { status: 401 }],
  ["a broken connection", "broken"],
  ["an answer that is lost", "taken, then broken"],
  ["a page of somebody else's", "a page"],
];

test.each(passing)("%s is waited out, and nothing is lost or doubled", async (_, fault) => {
  await using service = await startService();
  const troubles: unknown[] = [];
  const tracker = await trackerTo(service.url, { onTrouble: (error) => troubles.push(error) });
  service.faults.push(fault, fault);
  for (let number = 0; number < 10; number += 1) tracker.track(event(number));
  expect(await tracker.close()).toMatchObject({ accepted: 10, waiting: 0 });
  expect(service.requests).toEqual([idsUpTo(10), idsUpTo(10), idsUpTo(10)]);
  expect(troubles).toHaveLength(2);
});

test("a service that says nothing is asked again", async () => {
  await using service = await startService();
  service.faults.push("silent");
  const tracker = await trackerTo(service.url, {}, 50);
  tracker.track(event(0));
  expect(await tracker.close()).toMatchObject({ accepted: 1 });
});

test("what is too large for the service is halved", async () => {
  await using service = await startService();
  service.faults.push({ status: 413 }, { status: 413 });
  const tracker = await trackerTo(service.url);
  for (let number = 0; number < 8; number += 1) tracker.track(event(number));
  expect(await tracker.close()).toMatchObject({ accepted: 8, refused: 0 });
  expect(service.requests.map(({ length }) => length)).toEqual([8, 4, 2, 2, 4]);
});

test("what is refused is told with its event, is not sent again, and holds up no other", async () => {
  await using service = await startService(({ id }) => id === "e-1" || id === "e-3");
  const refused: unknown[] = [];
  const tracker = await trackerTo(service.url, {
    onRefused: ({ id }, why) => refused.push([id, (why as { reason: string }).reason]),
  });
  for (let number = 0; number < 5; number += 1) tracker.track(event(number));
  expect(await tracker.close()).toMatchObject({ accepted: 3, refused: 2, waiting: 0 });
  expect(refused).toEqual([
    ["e-1", "too_old"],
    ["e-3", "too_old"],
  ]);
  expect(service.requests).toHaveLength(1);
});

test("what a function that is told throws is a warning, and no event is lost for it", async () => {
  await using service = await startService(({ id }) => id === "e-0");
  service.faults.push({ status: 503 });
  const warnings: string[] = [];
  const note = (warning: Error) => warnings.push(warning.message);
  process.on("warning", note);
  const fail = (name: string) => () => {
    throw new Error(name);
  };
  const tracker = await trackerTo(service.url, {
    onRefused: fail("refused"),
    onTrouble: fail("trouble"),
  });
  for (let number = 0; number < 3; number += 1) tracker.track(event(number));
  expect(await tracker.close()).toEqual({ accepted: 2, refused: 1, dropped: 0, waiting: 0 });
  // Warnings come in the next turn.
  await setImmediate();
  process.off("warning", note);
  expect(warnings).toEqual(["trouble", "refused"]);
});

test("a request that is refused as a whole costs the one event that it is refused for", async () => {
  await using service = await startService();
  const refused: string[] = [];
  const tracker = await trackerTo(service.url, { onRefused: ({ id }) => refused.push(id) });
  service.faults.push({ status: 400 }, { status: 400 });
  for (let number = 0; number < 2; number += 1) tracker.track(event(number));
  expect(await tracker.close()).toMatchObject({ accepted: 1, refused: 1 });
  expect(refused).toEqual(["e-0"]);
});

test("where there is no more room, tracking throws", async () => {
  await using service = await startService();
  service.faults.push("silent");
  const tracker = await trackerTo(service.url, { bufferMax: 3 });
  for (let number = 0; number < 3; number += 1) tracker.track(event(number));
  expect(() => tracker.track(event(3))).toThrow(TrackerFull);
  expect(await tracker.close(0)).toEqual({ accepted: 0, refused: 0, dropped: 0, waiting: 3 });
});

test("or what comes is dropped and told, where that is asked for", async () => {
  await using service = await startService();
  const dropped: unknown[] = [];
  const tracker = await trackerTo(service.url, {
    bufferBytesMax: 200,
    whenFull: "drop",
    onDropped: ({ id }) => dropped.push(id),
  });
  for (let number = 0; number < 4; number += 1) tracker.track(event(number));
  expect(await tracker.close()).toEqual({ accepted: 2, refused: 0, dropped: 2, waiting: 0 });
  expect(dropped).toEqual(["e-2", "e-3"]);
});

test("an event that is larger than any request is refused where it is tracked", async () => {
  await using service = await startService();
  const tracker = await trackerTo(service.url);
  const properties = { text: "x".repeat(1024 * 1024) };
  expect(() => tracker.track({ ...event(0), properties })).toThrow(/event e-0 has more than/);
  await tracker.close();
  expect(() => tracker.track(event(1))).toThrow("the tracker is closed");
});

test("a flush ends in time, and says whether all is settled", async () => {
  await using service = await startService();
  const tracker = await trackerTo(service.url, { lingerMs: 60_000 });
  service.faults.push("silent");
  tracker.track(event(0));
  expect(await tracker.flush(20)).toBe(false);
  await tracker.close(0);
});

test("whatever fails, each event counts once", async () => {
  const faults = fc.constantFrom<Fault>(
    "broken",
    "taken, then broken",
    { status: 503 },
    { status: 413 },
    { status: 429, headers: { "retry-after": "0" } },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(faults, { maxLength: 8 }),
      fc.integer({ min: 1, max: 40 }),
      async (some, count) => {
        await using service = await startService();
        // Of one event that is too large for any request nobody can say more.
        service.faults.push(...some.filter((fault) => count > 32 || !is413(fault)));
        const tracker = await trackerTo(service.url, { itemsMax: 7 });
        for (let number = 0; number < count; number += 1) tracker.track(event(number));
        const { accepted, refused, waiting } = await tracker.close();
        expect([accepted + refused, waiting]).toEqual([count, 0]);
        expect(service.accepted.size).toBeGreaterThanOrEqual(accepted);
        expect([...service.accepted.keys()].toSorted()).toEqual(
          idsUpTo(count)
            .filter((id) => service.accepted.has(id))
            .toSorted(),
        );
      },
    ),
    { numRuns: 30 },
  );
});

function is413(fault: Fault): boolean {
  return typeof fault === "object" && fault.status === 413;
}
