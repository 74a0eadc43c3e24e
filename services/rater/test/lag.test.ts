import { createMemoryLog } from "@tallybook/log";
import type { MemoryLog } from "@tallybook/log";
import { encode, topics } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";
import { beforeEach, expect, test } from "vitest";

import { raterLag } from "../src/lag.ts";

const nothing = Buffer.alloc(32);

let log: MemoryLog;

beforeEach(async () => {
  log = createMemoryLog();
  const all = [topics.cuts, topics.journal, topics.invoices];
  await log.prepareTopics(all.map((topic) => ({ topic, partitions: 1 })));
});

async function append(topic: string, value: Buffer): Promise<void> {
  const producer = await log.producer();
  await producer.send([{ topic, partition: 0, key: null, value }]);
}

function closed(cut: number): Buffer {
  return encode({ kind: "CutClosed", cut, time: 0, catalog_offset: 0, root: nothing });
}

function head(cut: number, invoices_offset: number): Buffer {
  const fact: Fact = {
    kind: "HeadSigned",
    step: cut,
    cut,
    cut_root: nothing,
    seq: -1,
    hash: nothing,
    invoices_offset,
    signature: Buffer.alloc(64),
  };
  return encode(fact);
}

test("a closed cut is work until a head has passed it", async () => {
  expect(await raterLag(log)).toBe(false);
  await append(topics.cuts, closed(0));
  expect(await raterLag(log)).toBe(true);
  await append(topics.journal, head(0, 0));
  expect(await raterLag(log)).toBe(false);
  await append(topics.cuts, closed(1));
  expect(await raterLag(log)).toBe(true);
});

test("an invoice is work until a head has taken it", async () => {
  await append(topics.cuts, closed(0));
  await append(topics.journal, head(0, 0));
  // Whatever stands there: the head tells how far it was taken.
  await append(topics.invoices, Buffer.from("an invoice"));
  expect(await raterLag(log)).toBe(true);
  await append(topics.journal, head(0, 1));
  expect(await raterLag(log)).toBe(false);
});
