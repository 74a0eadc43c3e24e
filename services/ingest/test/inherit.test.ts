import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { OutRecord, Producer } from "@tallybook/log";
import { createLogger } from "@tallybook/service";
import { afterEach, beforeEach, expect, test } from "vitest";
import { allOf, inherit, type Inherited } from "../src/inherit.ts";
import { pendingOf, spoolNotice } from "../src/keeping.ts";
import { openSpoolFiles } from "../src/spool/files.ts";
import { lockFolder } from "../src/spool/lock.ts";
import { openSpool } from "../src/spool/spool.ts";

let folder: string;
let taken: string[];
let isUp: boolean;

beforeEach(async () => {
  folder = path.join(mkdtempSync(path.join(tmpdir(), "tallybook-inherit-")), "1");
  taken = [];
  isUp = true;
  const spool = await openSpool({
    files: openSpoolFiles(folder),
    bytesMax: 10_000,
    now: Date.now,
    onFailure: () => {},
    onDamage: () => {},
    onTorn: () => {},
  });
  for (const text of ["a", "b", "c"]) await spool.append([record(text)]);
  await spool.close();
});

afterEach(() => rmSync(path.dirname(folder), { recursive: true, force: true }));

test("what an ingest left that is no more is brought to Kafka in its order, and asked for until then", async () => {
  isUp = false;
  await using left = await inherited();
  const all = allOf([left, { state: () => ({ ...left.state(), records: 2 }) }]);
  expect(pendingOf(all)).toEqual({ pending: 5, damaged: 0 });
  expect(spoolNotice([left])?.notice).toMatch(/^3 events in \d+ bytes wait in the spool since /);
  isUp = true;
  await expect.poll(() => left.state().records).toBe(0);
  expect(taken).toEqual(["a", "b", "c"]);
  expect(spoolNotice([left])).toBeNull();
  await using again = await reopened(left);
  expect(again.state().records).toBe(0);
});

test("a folder that is not there, or of an ingest that still runs, is refused", async () => {
  await expect(inherited(path.join(folder, "elsewhere"))).rejects.toThrow(
    /^SPOOLS_INHERITED names .*elsewhere, which is not there/,
  );
  const unlock = await lockFolder(folder);
  await expect(inherited()).rejects.toThrow("is in use by another ingest");
  await unlock();
  await using left = await inherited();
  await expect.poll(() => left.state().records).toBe(0);
});

async function reopened(left: Inherited): Promise<Inherited> {
  await left[Symbol.asyncDispose]();
  return inherited();
}

function inherited(of: string = folder): Promise<Inherited> {
  return inherit(of, {
    logger: createLogger("test", () => {}),
    onFailure: () => {},
    openProducer: async (): Promise<Producer> => ({
      async send(records) {
        if (!isUp) throw new Error("away");
        taken.push(...records.map(({ value }) => value.toString()));
        return records.map(() => 0);
      },
      close: async () => {},
    }),
  });
}

function record(text: string): OutRecord {
  return { topic: "usage.raw", partition: 0, key: null, value: Buffer.from(text) };
}
