import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { expectedInvoices } from "../src/trace-oracle.ts";
import { writeTraces } from "../src/traces.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "tallybook-oracle-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function files(code: readonly string[], conv: readonly string[]): void {
  for (const [kind, rows] of Object.entries({ code, conv })) {
    const text = ["TIMESTAMP,ContextTokens,GeneratedTokens", ...rows].join("\r\n");
    writeFileSync(path.join(dir, `AzureLLMInferenceTrace_${kind}.csv`), text);
  }
}

function asTable(customers: number): string {
  const rows: string[] = [];
  for (const invoice of expectedInvoices(dir, customers)) {
    rows.push(`${invoice.customer} ${invoice.plan} ${invoice.total}`);
    for (const { meter, dimensions, quantity, amount } of invoice.lines) {
      rows.push(`  ${meter} ${dimensions["model"] ?? "-"} ${quantity} ${amount}`);
    }
  }
  return rows.join("\n");
}

test("graduated: one million at the first price, the rest at the second, also beyond the last tier", () => {
  files(["2023-11-16 18:00:00.0000000,11000000,0", "2023-11-16 18:00:00.0000000,0,0"], []);
  // 1M × $0.50 + 10M × $0.30 = $3.50
  expect(asTable(2)).toBe(
    [
      "cust-00 ai_developer 2350",
      "  null - 1 2000",
      "  input_tokens code 11000000 350",
      "cust-01 ai_scale 20000",
      "  null - 1 20000",
    ].join("\n"),
  );
});

test("volume: exactly ten million is in the first tier, one more puts all into the second", () => {
  files(["2023-11-16 18:00:00.0000000,10000000,10000001"], []);
  // $2.00, and 10,000,001 × $0.50 / 1M = $5.0000005
  expect(asTable(1)).toBe(
    [
      "cust-00 ai_scale 20700",
      "  null - 1 20000",
      "  input_tokens code 10000000 200",
      "  output_tokens code 10000001 500",
    ].join("\n"),
  );
});

test("the cents that the lines' whole cents miss go to the largest rests, ties to the earlier line", () => {
  // 0.9, 0.9 and 0.8 cents: 2.6 in all
  files(["2023-11-16 18:00:00.0000000,45000,0"], ["2023-11-16 18:00:00.0000000,45000,10000"]);
  expect(asTable(1)).toBe(
    [
      "cust-00 ai_scale 20003",
      "  null - 1 20000",
      "  input_tokens code 45000 1",
      "  input_tokens conv 45000 1",
      "  output_tokens conv 10000 1",
    ].join("\n"),
  );
});

test("generated traces have the shape of the real ones, and the same seed gives the same bytes", () => {
  writeTraces(dir, 7);
  const first = expectedInvoices(dir, 20);
  writeTraces(dir, 7);
  expect(expectedInvoices(dir, 20)).toEqual(first);
  const tokens = first
    .flatMap((invoice) => invoice.lines)
    .filter((line) => line.meter === "input_tokens")
    .reduce((sum, line) => sum + Number(line.quantity), 0);
  expect(tokens).toBeGreaterThan(30_000_000);
  expect(tokens).toBeLessThan(60_000_000);
});
