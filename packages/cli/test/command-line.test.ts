import { expect, test } from "vitest";
import type { Command } from "../src/command.ts";
import { Failure } from "../src/failure.ts";
import { nearest } from "../src/parse.ts";
import { table } from "../src/table.ts";
import { tally } from "../src/tally.ts";

const commands: readonly Command[] = [
  {
    name: "clock",
    summary: "Shows the time",
    args: [],
    options: { json: { about: "as JSON" } },
    examples: [],
    run: async () => 0,
  },
  {
    name: "clock advance",
    summary: "Moves the time",
    args: ["TIME"],
    options: { data: { value: "DIR", about: "where" } },
    examples: ["tally clock advance 2023-12-01T00:00:00Z"],
    run: async (call) => {
      call.print(`${call.args.join(" ")} ${call.text("data") ?? "-"}`);
      return 0;
    },
  },
  {
    name: "keys create",
    summary: "Makes a key",
    args: [],
    options: {},
    examples: [],
    run: async () => {
      throw new Failure("no such role", 1);
    },
  },
];

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await tally(argv, commands, {
    env: {},
    print: (line) => out.push(line),
    remark: (line) => err.push(line),
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

test.each([
  ["clok", "tally: there is no command `clok`. Did you mean `clock`?"],
  ["frobnicate", "tally: there is no command `frobnicate`."],
  ["keys", "tally keys: say `tally keys create`."],
  ["clock advnce", "tally clock: `advnce` is one too many. Did you mean `tally clock advance`?"],
  ["clock --jsn", "tally clock: there is no option `--jsn`. Did you mean `--json`?"],
  ["clock --json=yes", "tally clock: `--json` takes no value."],
  ["clock advance", "tally clock advance: TIME is missing: tally clock advance TIME [options]"],
  ["clock advance x --data", "tally clock advance: `--data` needs a value: --data DIR."],
  ["--data x clock", "tally: a command is needed before any option, for example `tally up`."],
])("a wrong command line says what, and the nearest: %s", async (line, message) => {
  expect(await run(...line.split(" "))).toEqual({ code: 2, out: "", err: message });
});

test("options may stand before and after what they belong to", async () => {
  expect((await run("clock", "advance", "--data", "d", "t")).out).toBe("t d");
  expect((await run("clock", "advance", "t", "--data=d")).out).toBe("t d");
});

test("help is for everything, and for each", async () => {
  expect((await run("--help")).out).toContain("tally clock advance TIME   Moves the time");
  const { code, out } = await run("clock", "advance", "--help");
  expect([code, out]).toEqual([
    0,
    [
      "tally clock advance TIME [options]",
      "",
      "Moves the time",
      "",
      "  --data DIR   where",
      "",
      "Examples:",
      "  tally clock advance 2023-12-01T00:00:00Z",
    ].join("\n"),
  ]);
});

test("a failure is its message and its code", async () => {
  expect(await run("keys", "create")).toEqual({ code: 1, out: "", err: "no such role" });
});

test("nearest: a typing error, the beginning of a word, or nothing", () => {
  expect(nearest("aply", ["apply", "up"])).toBe("apply");
  expect(nearest("inv", ["invoices", "up"])).toBe("invoices");
  expect(nearest("zzz", ["invoices", "up"])).toBeUndefined();
});

test("tables line up, accents and all", () => {
  expect(
    table(
      [{ title: "name" }, { title: "amount", align: "right" }, { title: "note" }],
      [
        ["Café Lumière", "1.00", ""],
        ["Cafe\u0301", "1234.50", "x"],
      ],
    ),
  ).toEqual([
    "name           amount  note",
    "────────────  ───────  ────",
    "Café Lumière     1.00",
    "Cafe\u0301          1234.50  x",
  ]);
});
