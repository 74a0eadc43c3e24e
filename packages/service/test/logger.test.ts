import { expect, test } from "vitest";
import { createLogger } from "../src/index.ts";

function logged(fields: Record<string, unknown>): Record<string, unknown> {
  let line = "";
  createLogger("rater", (text) => (line += text)).warn("late", fields);
  expect(line.endsWith("\n")).toBe(true);
  expect(line.trimEnd()).not.toContain("\n");
  return JSON.parse(line) as Record<string, unknown>;
}

test("one line says when, who, how bad and what", () => {
  expect(logged({ cut: 7 })).toMatchObject({
    level: "warn",
    service: "rater",
    msg: "late",
    cut: 7,
  });
  expect(logged({})["time"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test("big numbers, errors and line breaks stay whole", () => {
  const error = new Error("broken\npipe", { cause: new Error("reset") });
  expect(logged({ offset: 9_007_199_254_740_993n, error })).toMatchObject({
    offset: "9007199254740993",
    error: { name: "Error", message: "broken\npipe", cause: { message: "reset" } },
  });
});

test("no field replaces what every line has", () => {
  expect(logged({ level: "fatal", msg: "other" })).toMatchObject({ level: "warn", msg: "late" });
});
