import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { decimal, ratio } from "@tallybook/money";
import { afterEach, describe, expect, test } from "vitest";
import { type ConformanceCase, systemOf } from "./case.ts";
import { differences } from "./compare.ts";
import { conform } from "./conform.ts";
import { readCaseFiles } from "./files.ts";
import { exact, exactly } from "./values.ts";

const third = exact(ratio(decimal("1"), decimal("3")));
const places: string[] = [];

afterEach(() => {
  for (const place of places.splice(0)) rmSync(place, { recursive: true });
});

describe("a result is compared", () => {
  test("after rounding to the digits shown, two at least but for averages", () => {
    expect(differences({ total: "0.33" }, { total: third })).toEqual([]);
    expect(differences({ total: "0.333" }, { total: third })).toEqual([]);
    expect(differences({ total: "0.34" }, { total: third })).toHaveLength(1);
    expect(differences({ total: "0.3" }, { total: third })).toHaveLength(1);
    expect(differences({ average_unit_amount: "0.3" }, { average_unit_amount: third })).toEqual([]);
    expect(differences({ total: "0" }, { total: third })).toHaveLength(1);
  });

  test("within the last digit where the source cut instead of rounding", () => {
    const net = exact(ratio(decimal("464"), decimal("3")));
    expect(differences({ net_unrounded: "154.666666660" }, { net_unrounded: net })).toEqual([]);
    expect(differences({ net_unrounded: "154.6667" }, { net_unrounded: net })).toEqual([]);
    expect(differences({ net_unrounded: "154.6665" }, { net_unrounded: net })).toHaveLength(1);
  });

  test("as its source rounded it, where it says so", () => {
    const total = exactly(decimal("1.231"));
    expect(differences({ total: "1.24", rounded: "2 decimals CEILING" }, { total })).toEqual([]);
    expect(differences({ total: "1.24", rounded: "2 decimals half-up" }, { total })).toHaveLength(
      1,
    );
  });

  test("by the fields that are expected, lists whole, in order unless their order means nothing", () => {
    const got = { lines: [{ tier: 1 }, { tier: 2 }], more: true };
    expect(differences({ lines: [{ tier: "1" }, { tier: "2" }] }, got)).toEqual([]);
    expect(differences({ lines: [{ tier: "2" }, { tier: "1" }] }, got)).toHaveLength(2);
    expect(differences({ lines: [{ tier: "2" }, { tier: "1" }] }, got, ["lines"])).toEqual([]);
    expect(differences({ lines: [{ tier: "1" }] }, got, ["lines"])).toHaveLength(1);
    expect(differences({ missing: "1" }, got)).toEqual([
      { at: "missing", expected: '"1"', got: "nothing" },
    ]);
  });
});

describe("a case", () => {
  test("that is not right fails with what was expected and what came out", () => {
    expect(conform(perUnit({ total: "21" }))).toEqual([
      { at: "total", expected: '"21"', got: '"20"' },
    ]);
    expect(conform(perUnit({ total: "20" }))).toEqual([]);
  });

  test("of an unknown kind fails", () => {
    expect(conform({ ...perUnit({}), kind: "guess" })).toEqual([
      { at: "kind", expected: "a kind that is known", got: "guess" },
    ]);
  });

  test("that wants a refusal passes only where there is one", () => {
    expect(conform(perUnit({ error: true }))).toHaveLength(1);
    const negative = { price: { model: "per_unit", unit_amount: "-2" }, quantity: "10" };
    expect(conform({ ...perUnit({ error: true }), given: negative })).toEqual([]);
    expect(conform({ ...perUnit({ total: "20" }), given: negative })).toHaveLength(1);
  });

  test("is of the system that its source names", () => {
    const of = (source: string) => systemOf({ ...perUnit({}), source });
    expect([
      of("getlago/lago-api:a.rb"),
      of("meteroid-oss/meteroid:b.rs"),
      of("you/yours:c"),
    ]).toEqual(["lago", "meteroid", "other"]);
    expect(systemOf(perUnit({}))).toBe("flexprice");
  });
});

describe("a directory", () => {
  test("without case files is no success", () => {
    expect(() => readCaseFiles(place({}))).toThrow("no case files (*.json) in");
  });

  test("with a file that is none names it", () => {
    expect(() => readCaseFiles(place({ "a.json": "{" }))).toThrow("a.json is no JSON");
    expect(() => readCaseFiles(place({ "a.json": '{"cases": []}' }))).toThrow(
      "a.json has no cases",
    );
    expect(() => readCaseFiles(place({ "a.json": '{"cases": [{"id": "x"}]}' }))).toThrow(
      'a case needs id, kind, given and expect: {"id":"x"}',
    );
  });

  test("is read file by file", () => {
    const cases = JSON.stringify({ cases: [perUnit({ total: "20" })] });
    const files = readCaseFiles(place({ "b.json": cases, "a.json": cases, "README.md": "" }));
    expect(files.map(({ file }) => path.basename(file))).toEqual(["a.json", "b.json"]);
  });
});

function perUnit(expected: ConformanceCase["expect"]): ConformanceCase {
  const price = { model: "per_unit", unit_amount: "2" };
  return {
    id: "flexprice/example",
    kind: "rate",
    given: { price, quantity: "10" },
    expect: expected,
  };
}

function place(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(path.join(tmpdir(), "conformance-"));
  places.push(directory);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(directory, name), text);
  return directory;
}
