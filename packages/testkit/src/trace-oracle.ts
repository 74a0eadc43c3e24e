import { readFileSync } from "node:fs";
import path from "node:path";

import { cent, dollar, graduated, type PlainRate, volume } from "./plain-rates.ts";

/** An invoice of the trace workload, as the demo's JSON has it, in the order of its lines. */
export type ExpectedInvoice = {
  readonly customer: string;
  readonly plan: string;
  readonly currency: string;
  readonly total: string;
  readonly lines: readonly {
    readonly meter: string | null;
    readonly dimensions: Readonly<Record<string, string>>;
    readonly quantity: string;
    readonly amount: string;
  }[];
};

type Line = Omit<ExpectedInvoice["lines"][number], "amount"> & { readonly exact: bigint };

/**
 * What the invoices of the trace workload must be: worked out from the files and the plans' table alone, in whole
 * numbers, without any code of the product.
 */
export function expectedInvoices(dir: string, customers: number): ExpectedInvoice[] {
  const input = totals(dir, customers, 1);
  const output = totals(dir, customers, 2);
  return Array.from({ length: customers }, (_, i) => {
    const isDeveloper = i < Math.floor(customers / 2);
    const fee: Line = {
      meter: null,
      dimensions: {},
      quantity: "1",
      exact: (isDeveloper ? 20n : 200n) * dollar,
    };
    const rates = isDeveloper ? developer : scale;
    const lines = [
      fee,
      ...usageLines("input_tokens", input[i] ?? {}, rates.input),
      ...usageLines("output_tokens", output[i] ?? {}, rates.output),
    ];
    return {
      customer: `cust-${String(i).padStart(2, "0")}`,
      plan: isDeveloper ? "ai_developer" : "ai_scale",
      currency: "USD",
      ...inCents(lines),
    };
  });
}

const developer = { input: graduated(50n, 30n), output: graduated(150n, 100n) };
const scale = { input: volume(20n, 10n), output: volume(80n, 50n) };

/** Per customer: tokens by model, of the column with this number. */
function totals(dir: string, customers: number, column: number): Record<string, bigint>[] {
  const sums = Array.from({ length: customers }, (): Record<string, bigint> => ({}));
  for (const model of ["code", "conv"]) {
    const text = readFileSync(path.join(dir, `AzureLLMInferenceTrace_${model}.csv`), "utf8");
    const rows = text
      .split("\n")
      .slice(1)
      .filter((row) => row.trim() !== "");
    rows.forEach((row, i) => {
      const of = sums[i % customers];
      if (of) of[model] = (of[model] ?? 0n) + BigInt(row.trim().split(",")[column] ?? "0");
    });
  }
  return sums;
}

/** A line per model: its share of the whole by quantity, as the difference of running parts. */
function usageLines(meter: string, byModel: Record<string, bigint>, rate: PlainRate): Line[] {
  const models = Object.keys(byModel).sort();
  const whole = models.reduce((sum, model) => sum + (byModel[model] ?? 0n), 0n);
  const amount = rate(whole);
  let running = 0n;
  let posted = 0n;
  return models.flatMap((model) => {
    const tokens = byModel[model] ?? 0n;
    if (tokens === 0n) return [];
    running += tokens;
    const upToHere = (amount * running) / whole;
    const exact = upToHere - posted;
    posted = upToHere;
    return [{ meter, dimensions: { model }, quantity: String(tokens), exact }];
  });
}

/** The total to the nearest cent, half a cent up; the cents that the lines' whole cents miss go to the largest rests. */
function inCents(lines: readonly Line[]): Pick<ExpectedInvoice, "total" | "lines"> {
  const exact = lines.reduce((sum, line) => sum + line.exact, 0n);
  const total = (exact + cent / 2n) / cent;
  let missing = total - lines.reduce((sum, line) => sum + line.exact / cent, 0n);
  const byRest = lines
    .map((line, index) => ({ index, rest: line.exact % cent }))
    .sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1));
  const extra = new Set<number>();
  for (const { index } of byRest) {
    if (missing === 0n) break;
    extra.add(index);
    missing -= 1n;
  }
  return {
    total: String(total),
    lines: lines.map(({ exact, ...line }, index) => ({
      ...line,
      amount: String(exact / cent + (extra.has(index) ? 1n : 0n)),
    })),
  };
}
