import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { beginLog, boundLog, lastLine } from "../src/up/log-file.ts";

let dir = "";
let file = "";
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "tally-log-"));
  file = path.join(dir, "rater.log");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("a log begins anew, and the one before stays beside it", () => {
  beginLog(file);
  writeFileSync(file, "first run\n");
  beginLog(file);
  expect(existsSync(file)).toBe(false);
  expect(readFileSync(`${file}.1`, "utf8")).toBe("first run\n");
});

test("a log that grows too large is cut under the process that appends to it", () => {
  writeFileSync(file, Buffer.alloc(21 * 1024 * 1024, "x"));
  boundLog(file);
  expect([statSync(file).size, statSync(`${file}.1`).size]).toEqual([0, 21 * 1024 * 1024]);
  appendFileSync(file, "on\n");
  boundLog(file);
  expect(readFileSync(file, "utf8")).toBe("on\n");
});

test.each([
  ["", ""],
  ["listening\nError: no space left\nbye\n", "Error: no space left"],
  ["one\ntwo\n", "two"],
  [
    '{"level":"info","msg":"ready"}\n{"level":"error","msg":"failed","error":{"name":"Error","message":"no leader","stack":"…"}}\n',
    "failed: no leader",
  ],
])("the last words of a process are what it complained of", (log, words) => {
  writeFileSync(file, log);
  expect(lastLine(file)).toBe(words);
});
