import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { leftSpools } from "../src/up/left-spools.ts";

test("of three ingests of which one runs on, the spools of the other two are left", () => {
  using dir = folders(["ingest/spool/0", "ingest-1/spool/1", "ingest-2/spool/2", "ingest-3"]);
  const left = (instances: number): string[] =>
    leftSpools({ dir: dir.path, spoolDir: undefined, instances }).map((folder) =>
      path.relative(dir.path, folder),
    );
  expect(left(1)).toEqual(["ingest-1/spool/1", "ingest-2/spool/2"]);
  expect(left(2)).toEqual(["ingest-2/spool/2"]);
  expect(left(3)).toEqual([]);
});

test("where SPOOL_DIR holds all spools, those beyond the number of ingests are left", () => {
  using dir = folders(["0", "1", "2", "lost+found"]);
  const left = leftSpools({ dir: "/nonexistent", spoolDir: dir.path, instances: 1 });
  expect(left.map((folder) => path.basename(folder))).toEqual(["1", "2"]);
});

function folders(names: readonly string[]): Disposable & { readonly path: string } {
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-left-"));
  for (const name of names) mkdirSync(path.join(dir, name), { recursive: true });
  return {
    path: dir,
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}
