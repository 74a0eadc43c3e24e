import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { OutRecord } from "@tallybook/log";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSpoolFiles } from "../../src/spool/files.ts";
import { lockFolder } from "../../src/spool/lock.ts";
import { openSpool, type Spool } from "../../src/spool/spool.ts";

const mountBytes = 4 * 1024 * 1024;
let folder: string;
let whyNoMount: string | undefined;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tallybook-small-"));
  const mount = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${mountBytes}`, "tmpfs", folder]);
  if (mount.status !== 0) {
    whyNoMount = `a small disk cannot be mounted here: ${mount.error?.message ?? mount.stderr.toString().trim()}`;
  }
});

afterAll(() => {
  if (whyNoMount === undefined) spawnSync("umount", [folder]);
  rmSync(folder, { recursive: true, force: true });
});

test("a disk of 4 MiB that fills up while events are kept loses none that was acknowledged", async ({
  skip,
}) => {
  skip(whyNoMount !== undefined, whyNoMount);
  const spool = await opened();
  const kept: string[] = [];
  const refused: string[] = [];
  for (let at = 0; at < 200; at += 1) {
    const text = `${at}:`.padEnd(50_000, "x");
    const outcome = await spool.append([record(text)]);
    expect(outcome).not.toBe("full");
    (outcome === "kept" ? kept : refused).push(text);
  }
  expect(kept.length).toBeGreaterThan(70);
  expect(refused.length).toBeGreaterThan(50);
  expect(spool.state().failing).toContain("ENOSPC");
  // As after a kill: the next run finds all of it, and can deliver while the disk is still full.
  const next = await opened();
  expect(next.state()).toMatchObject({ records: kept.length, damages: [] });
  expect(await drained(next)).toEqual(kept);
  expect(await next.append([record("room again")])).toBe("kept");
  await spool.close();
  await next.close();
});

test("when somebody else fills the disk and leaves again, events are refused and then kept again", async ({
  skip,
}) => {
  skip(whyNoMount !== undefined, whyNoMount);
  for (const name of readdirSync(folder)) unlinkSync(path.join(folder, name));
  const spool = await opened();
  expect(await spool.append([record("before")])).toBe("kept");
  const ballast = path.join(folder, "ballast");
  expect(() => writeFileSync(ballast, Buffer.alloc(mountBytes))).toThrow("ENOSPC");
  expect(await spool.append([record("y".repeat(10_000))])).toBe("failing");
  expect(statSync(ballast).size).toBeGreaterThan(mountBytes / 2);
  unlinkSync(ballast);
  await expect.poll(() => spool.append([record("after")])).toBe("kept");
  expect(await drained(spool)).toEqual(["before", "after"]);
  await spool.close();
});

test("a folder that another ingest uses is not opened, and is when that one has ended", async () => {
  const unlock = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toThrow("in use by another ingest");
  await unlock();
  await (
    await lockFolder(folder)
  )();
});

function opened(): Promise<Spool> {
  return openSpool({
    files: openSpoolFiles(folder),
    bytesMax: 100_000_000,
    now: Date.now,
    onFailure: () => {},
    onDamage: () => {},
    onTorn: () => {},
  });
}

function record(text: string): OutRecord {
  return { topic: "usage.raw", partition: 0, key: null, value: Buffer.from(text) };
}

async function drained(spool: Spool): Promise<string[]> {
  const out: string[] = [];
  const send = async (records: readonly OutRecord[]) =>
    void out.push(...records.map(({ value }) => value.toString()));
  while (await spool.drain(send));
  return out;
}
