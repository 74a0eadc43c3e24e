import { describe, expect, test } from "vitest";
import { conform } from "./conform.ts";
import { readCaseFiles } from "./files.ts";

const directory = process.env["CONFORMANCE_DIR"];
const cases = (directory === undefined ? [] : readCaseFiles(directory)).flatMap(
  (file) => file.cases,
);

describe("cases of other billing systems", () => {
  test.skipIf(directory === undefined)(
    "are found in the directory that CONFORMANCE_DIR names (skipped where it names none)",
    () => expect(cases.length).toBeGreaterThan(0),
  );
  test.each(cases.map((one) => [one.id, one] as const))("%s", (_id, one) => {
    expect(conform(one)).toEqual([]);
  });
});
