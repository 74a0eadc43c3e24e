import { readFileSync } from "node:fs";
import path from "node:path";
import { Failure } from "../failure.ts";
import type { UsageEvent } from "@tallybook/client";

/** The two files of the trace workload, in the order in which they are sent. */
const traceKinds = ["code", "conv"] as const;

/**
 * The usage events of the traces in `dir`: row i of `AzureLLMInferenceTrace_<kind>.csv`, counted from 0 in each file, is
 * event `<kind>-<i>` of customer i mod `customers`.
 */
export function readTraces(dir: string, customers: number): UsageEvent[] {
  const files = traceKinds.map((kind) => ({
    kind,
    file: path.join(dir, `AzureLLMInferenceTrace_${kind}.csv`),
  }));
  return files.flatMap(({ kind, file }) =>
    traceRows(file).map((row, i): UsageEvent => {
      const [timestamp = "", input = "", output = ""] = row.split(",");
      const time = traceTime(timestamp);
      if (time === undefined || !/^\d+$/.test(input) || !/^\d+$/.test(output)) {
        throw new Failure(`${file}, row ${i}: \`${row}\` is not a timestamp and two token counts.`);
      }
      return {
        id: `${kind}-${i}`,
        type: "llm.completion",
        customer: customerName(i % customers),
        time,
        properties: {
          model: kind,
          input_token_count: Number(input),
          output_token_count: Number(output),
        },
      };
    }),
  );
}

/** `cust-07`. */
export function customerName(index: number): string {
  return `cust-${String(index).padStart(2, "0")}`;
}

/** Who takes which plan: the first half (rounded down) ai_developer, the others ai_scale, from 2023-11-01. */
export function traceSubscribers(customers: number): Record<string, unknown> {
  const names = Array.from({ length: customers }, (_, i) => customerName(i));
  return {
    customers: names.map((customer) => ({ customer, currency: "USD" })),
    subscriptions: names.map((customer, i) => ({
      customer,
      plan: i < Math.floor(customers / 2) ? "ai_developer" : "ai_scale",
      start: "2023-11-01T00:00:00Z",
    })),
  };
}

/** The rows after the heading; lines end with LF or CRLF, the last one with or without. */
function traceRows(file: string): string[] {
  const lines = readTrace(file)
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const heading = lines.shift();
  if (heading !== "TIMESTAMP,ContextTokens,GeneratedTokens") {
    throw new Failure(`${file} does not begin with TIMESTAMP,ContextTokens,GeneratedTokens.`);
  }
  return lines;
}

function readTrace(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new Failure(
      `${file} is missing or cannot be read: --trace names the directory with both traces.`,
    );
  }
}

/** `2023-11-16 18:17:03.9799600` is in UTC; what is finer than a microsecond is cut. */
function traceTime(text: string): string | undefined {
  const parts = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?$/.exec(text);
  if (!parts) return undefined;
  const [, day, second, fraction = ""] = parts;
  return `${day}T${second}.${fraction.slice(0, 6).padEnd(6, "0")}Z`;
}
