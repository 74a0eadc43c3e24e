import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { platformMonth } from "../src/demo/platform.ts";
import { readTraces, traceSubscribers } from "../src/demo/trace.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "tallybook-trace-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function write(kind: string, text: string): void {
  writeFileSync(path.join(dir, `AzureLLMInferenceTrace_${kind}.csv`), text);
}

test("rows become events: ids by file, the seventh digit cut, CRLF or LF, a last line with or without its end", () => {
  write(
    "code",
    "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:17:03.9799609,4808,10\r\n2023-11-16 18:17:04.0319600,3180,8",
  );
  write("conv", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n");
  const events = readTraces(dir, 2);
  expect(
    events.map((event) => [
      event.id,
      event.type,
      event.customer,
      event.time,
      JSON.stringify(event.properties),
    ]),
  ).toEqual([
    [
      "code-0",
      "llm.completion",
      "cust-00",
      "2023-11-16T18:17:03.979960Z",
      '{"model":"code","input_token_count":4808,"output_token_count":10}',
    ],
    [
      "code-1",
      "llm.completion",
      "cust-01",
      "2023-11-16T18:17:04.031960Z",
      '{"model":"code","input_token_count":3180,"output_token_count":8}',
    ],
    [
      "conv-0",
      "llm.completion",
      "cust-00",
      "2023-11-16T18:15:46.680590Z",
      '{"model":"conv","input_token_count":374,"output_token_count":44}',
    ],
  ]);
});

test("what is missing or not a trace is named", () => {
  write("code", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,many,10\n");
  expect(() => readTraces(dir, 2)).toThrow("AzureLLMInferenceTrace_code.csv, row 0: `2023-11-16");
  write("code", "TIMESTAMP,ContextTokens,GeneratedTokens\n");
  expect(() => readTraces(dir, 2)).toThrow(/AzureLLMInferenceTrace_conv.csv is missing/);
  write("code", "a,b\n");
  expect(() => readTraces(dir, 2)).toThrow("does not begin with TIMESTAMP");
});

test.each([
  [1, ["cust-00 ai_scale"]],
  [3, ["cust-00 ai_developer", "cust-01 ai_scale", "cust-02 ai_scale"]],
])("of %i customers the first half, rounded down, has ai_developer", (customers, expected) => {
  const { subscriptions } = traceSubscribers(customers);
  expect(
    (subscriptions as { customer: string; plan: string }[]).map((s) => `${s.customer} ${s.plan}`),
  ).toEqual(expected);
});

test("a made-up month is the same for the same seed, and has what goes wrong in a real one", () => {
  const month = platformMonth(1, 20_000);
  expect(platformMonth(1, 20_000)).toEqual(month);
  expect(month.late.length).toBeGreaterThan(150);
  expect(month.repeats).toBeGreaterThan(300);
  expect(month.conflicts).toBeGreaterThan(5);
  expect(month.malformed).toBe(6);
  expect(month.onTime).toHaveLength(
    20_000 - month.late.length + month.repeats + month.conflicts + month.malformed,
  );
});
