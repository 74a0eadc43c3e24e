import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commands } from "../src/commands/all.ts";
import { tally } from "../src/tally.ts";

let server: Server;
let dir: string;
let file: string;
let asked: string[];
/** What the stub answers to a dry run. */
let changes: number;

beforeEach(async () => {
  asked = [];
  changes = 2;
  dir = mkdtempSync(path.join(tmpdir(), "tally-apply-"));
  file = path.join(dir, "catalog.yaml");
  writeFileSync(file, "products:\n  - { product: llm, name: Models }\n");
  server = createServer((request, response) => {
    void answer(request).then((body) => response.end(JSON.stringify(body)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(dir, { recursive: true, force: true });
});

const difference = [
  { section: "products", id: "llm", change: "new", fields: [] },
  {
    section: "plans",
    id: "pro",
    change: "changed",
    fields: [
      { field: "prices[fee].amount", from: "20", to: "25" },
      { field: "description", from: null, to: "For teams" },
    ],
  },
  { section: "meters", id: "calls", change: "same", fields: [] },
];

async function answer(request: IncomingMessage): Promise<unknown> {
  const url = request.url ?? "";
  asked.push(url);
  for await (const _ of request);
  const same = difference.map((each) => ({ ...each, change: "same", fields: [] }));
  if (url.includes("dry_run=true"))
    return { difference: changes === 0 ? same : difference, changes, expect: "e".repeat(64) };
  return {
    changes: [
      { kind: "ObjectRevised", collection: "products", id: "llm", version: 1 },
      { kind: "PlanPublished", id: "pro", version: 2 },
    ].slice(0, changes),
    catalog_offset: 7,
    in_force: true,
  };
}

async function run(argv: readonly string[], typed?: string) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await tally(["apply", file, ...argv], commands, {
    env: {
      TALLYBOOK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      TALLYBOOK_KEY: "key",
    },
    print: (line) => out.push(line),
    remark: (line) => err.push(line),
    question:
      typed === undefined
        ? undefined
        : (text) => {
            err.push(text);
            return Promise.resolve(typed);
          },
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

const shown = [
  "   section   id   field               now  then",
  "─  ────────  ───  ──────────────────  ───  ─────────",
  "+  products  llm",
  "~  plans     pro  prices[fee].amount  20   25",
  "                  description         -    For teams",
  "unchanged: 1 of 3",
].join("\n");
const done = "created product llm version 1\nchanged plan pro version 2";
const expecting = `/v1/apply?expect=${"e".repeat(64)}`;

test("with --yes it shows the difference and applies it, and no other one", async () => {
  expect(await run(["--yes"])).toEqual({ code: 0, out: `${shown}\n${done}`, err: "" });
  expect(asked).toEqual(["/v1/apply?dry_run=true", expecting]);
});

test("with --dry-run it shows the difference and changes nothing", async () => {
  expect(await run(["--dry-run"])).toEqual({ code: 0, out: shown, err: "" });
  expect(asked).toEqual(["/v1/apply?dry_run=true"]);
});

test.each(["y", "Yes "])("it asks at a terminal, and applies after %s", async (typed) => {
  expect(await run([], typed)).toEqual({
    code: 0,
    out: `${shown}\n${done}`,
    err: "Apply these 2 entries? [y/N] ",
  });
});

test.each(["", "n", "maybe"])("it changes nothing after %j", async (typed) => {
  const { code, out, err } = await run([], typed);
  expect({ code, out }).toEqual({ code: 3, out: shown });
  expect(err).toContain("nothing is changed.");
  expect(asked).toEqual(["/v1/apply?dry_run=true"]);
});

test("where nobody is at a terminal it says what to say, with a code of its own", async () => {
  const { code, err } = await run([]);
  expect(code).toBe(3);
  expect(err).toContain("Say --yes to apply them, or --dry-run only to look.");
  expect(asked).toEqual(["/v1/apply?dry_run=true"]);
});

test("where nothing changes nobody is asked", async () => {
  changes = 0;
  expect(await run([])).toEqual({ code: 0, out: "unchanged: 3 of 3", err: "" });
});

test("with --json it prints one document", async () => {
  expect(JSON.parse((await run(["--json", "--dry-run"])).out)).toMatchObject({ changes: 2 });
  expect(JSON.parse((await run(["--json", "--yes"])).out)).toMatchObject({ catalog_offset: 7 });
});
