import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import {
  connectLog,
  createMemoryLog,
  Fenced,
  findLast,
  isBehind,
  OffsetBeyondEnd,
  readAhead,
  readAll,
  readNamed,
} from "@tallybook/log";
import type { Log, LogRecord, OutRecord } from "@tallybook/log";
import { startTestEngines } from "@tallybook/testkit";
import type { TestEngines } from "@tallybook/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const topic = "usage.raw";
const own = "named";
const limits = { bytesMax: 1_000_000, waitMsMax: 300 };

function record(text: string, partition = 0): OutRecord {
  return { topic, partition, key: Buffer.from(`key of ${text}`), value: Buffer.from(text) };
}

async function textsOf(log: Log, partition = 0): Promise<string[]> {
  const texts: string[] = [];
  for await (const { value } of readAll(log, topic, partition)) texts.push(value.toString());
  return texts;
}

function contract(name: string, openLog: () => Promise<Log>): void {
  describe(`the contract of a log: ${name}`, () => {
    let log: Log;
    beforeAll(async () => {
      log = await openLog();
      await log.prepareTopics([{ topic, partitions: 3 }]);
    }, 90_000);
    afterAll(() => log.close());

    test("a producer's records stand in order, with their keys, where it named", async () => {
      const producer = await log.producer();
      expect(await producer.send([record("a", 1), record("b", 1), record("c", 2)])).toEqual([
        0, 1, 0,
      ]);
      expect(await producer.send([record("d", 1)])).toEqual([2]);
      await producer.close();
      const { records, next, end } = await log.fetch(topic, 1, 1, limits);
      expect(
        records.map(({ offset, key, value }) => [offset, key?.toString(), value.toString()]),
      ).toEqual([
        [1, "key of b", "b"],
        [2, "key of d", "d"],
      ]);
      expect([next, end]).toEqual([3, 3]);
    });

    test("named offsets are read each by itself, whatever lies between, and what is not there is passed over", async () => {
      await log.prepareTopics([{ topic: own, partitions: 1 }]);
      const ofOwn = (text: string) => ({ ...record(text), topic: own });
      const producer = await log.producer();
      const filler = "x".repeat(4_000);
      for (let batch = 0; batch < 4; batch += 1)
        await producer.send(
          Array.from({ length: 100 }, (_, at) => ofOwn(`${batch}/${at} ${filler}`)),
        );
      await producer.close();
      const transactor = await log.transactor("named");
      await transactor.commit([ofOwn("in a transaction")]);
      await transactor.commit([ofOwn("in another")]);
      await transactor.close();
      const end = await log.endOffset(own, 0);
      const all = new Map<number, string>();
      for await (const { offset, value } of readAll(log, own, 0)) all.set(offset, value.toString());
      expect(all.size).toBe(402);
      const every = Array.from({ length: end + 5 }, (_, at) => at);
      for (const named of [[399, 3, 101, 102], every, []]) {
        const found: [number, string][] = [];
        for await (const { offset, value } of readNamed(log, own, 0, named))
          found.push([offset, value.toString()]);
        const wanted = named.filter((offset) => all.has(offset)).toSorted((a, b) => a - b);
        expect(found).toEqual(wanted.map((offset) => [offset, all.get(offset)]));
      }
    });

    test("reading ahead gives what reading gives, batch by batch, from and to where it is told", async () => {
      const end = await log.endOffset(own, 0);
      for (const range of [{}, { from: 7, to: 250 }, { from: end }, { to: 1 }]) {
        const [ahead, plainly]: [number[], number[]] = [[], []];
        for await (const batch of readAhead(log, own, 0, range))
          ahead.push(...batch.map(({ offset }) => offset));
        for await (const { offset } of readAll(log, own, 0, range)) plainly.push(offset);
        expect(ahead).toEqual(plainly);
      }
    });

    test("a transaction's records are there all at once, and a reader passes its marker", async () => {
      const transactor = await log.transactor("one");
      const before = await log.endOffset(topic, 0);
      await transactor.commit([record("t1"), record("t2")]);
      await transactor.commit([record("t3")]);
      await transactor.close();
      const reopened = await log.transactor("one");
      await reopened.close();
      expect(await textsOf(log)).toEqual(["t1", "t2", "t3"]);
      expect(await log.endOffset(topic, 0)).toBeGreaterThanOrEqual(before + 3);
    });

    test("a successor fences its predecessor", async () => {
      const first = await log.transactor("fenced");
      const second = await log.transactor("fenced");
      await expect(first.commit([record("never")])).rejects.toThrow(Fenced);
      await second.commit([record("t4")]);
      await Promise.all([first.close(), second.close()]);
      // A commit is certain before it is visible: opening the next one waits for what the last one left.
      const third = await log.transactor("fenced");
      await third.close();
      expect(await textsOf(log)).toEqual(["t1", "t2", "t3", "t4"]);
    });

    test("records beyond one request arrive whole", async () => {
      const producer = await log.producer();
      const large = Array.from({ length: 40 }, (_, at) => record(`${at}:`.padEnd(100_000, "x"), 2));
      await producer.send(large);
      await producer.close();
      const lengths = (await textsOf(log, 2)).map((text) => text.length);
      expect(lengths).toEqual([1, ...large.map(() => 100_000)]);
    });

    test("the last record of a kind is found from the end", async () => {
      function startsWithT(found: LogRecord): string | undefined {
        const text = found.value.toString();
        return text.startsWith("t") ? text : undefined;
      }
      expect(await findLast(log, topic, 0, startsWithT)).toBe("t4");
      expect(await findLast(log, topic, 1, startsWithT)).toBeUndefined();
    });

    test("markers of transactions behind the last record are no work, and a record is", async () => {
      // Partition 0 ends with the markers of what was committed above.
      let last = 0;
      for await (const { offset } of readAll(log, topic, 0)) last = offset;
      expect(await isBehind(log, topic, 0, last + 1)).toBe(false);
      expect(await isBehind(log, topic, 0, last)).toBe(true);
      expect(await isBehind(log, topic, 0, await log.endOffset(topic, 0))).toBe(false);
    });

    test("a position beyond the end is an error, not an empty answer", async () => {
      await expect(log.fetch(topic, 1, 1_000, limits)).rejects.toThrow(OffsetBeyondEnd);
    });
  });
}

contract("in memory", async () => createMemoryLog());

const dir = mkdtempSync(path.join(tmpdir(), "tallybook-log-"));
let engines: TestEngines | undefined;
contract("on Kafka", async () => {
  engines = await startTestEngines(dir, "kafka");
  // A prefix of its own: a Kafka that is there already may hold a deployment.
  const prefix = `contract-${Date.now()}-`;
  return connectLog({ brokers: engines.brokers.split(","), clientId: "contract", prefix });
});
afterAll(async () => {
  await engines?.stop();
  rmSync(dir, { recursive: true, force: true });
}, 30_000);
