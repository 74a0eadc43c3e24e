import { csvRecord } from "@tallybook/books";
import fc from "fast-check";
import { expect, test } from "vitest";

/** What a reader of RFC 4180 finds in one record. */
function cellsOf(record: string): string[] {
  const cells: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (let end = ""; end !== "\r\n";) {
    const [, quoted, plain = "", after = ""] = cell.exec(record) ?? [];
    if (after === "") throw new Error(`no record: ${JSON.stringify(record)}`);
    cells.push(quoted?.replaceAll('""', '"') ?? plain);
    end = after;
  }
  expect(cell.lastIndex).toBe(record.length);
  return cells;
}

const name = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "=cmd|'/c calc'!A1",
    "+1",
    "-1",
    "@sum",
    "\t=1",
    "\r\n=1",
    'a"b,c;\n',
    "\u202Egnp",
    "<b>",
  ),
);

test("whatever a name is, it is one cell, the same when it is read back, and no formula", () => {
  fc.assert(
    fc.property(fc.array(name, { minLength: 1 }), (names) => {
      const cells = cellsOf(csvRecord(names.map((text) => ({ text, isText: true }))));
      expect(cells.map((cell) => cell.replace(/^'(?=[=+\-@\t\r])/, ""))).toEqual(
        names.map((each) => each.replace(/^'(?=[=+\-@\t\r])/, "")),
      );
      for (const cell of cells) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
    }),
    { numRuns: 1_000 },
  );
});

test("a number is never changed, whatever its sign", () => {
  expect(csvRecord([{ text: "-12.5", isText: false }])).toBe("-12.5\r\n");
});
