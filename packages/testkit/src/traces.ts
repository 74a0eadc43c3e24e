import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { random } from "@tallybook/cli";

/** The directory of the two traces. */
export type Traces = Disposable & {
  readonly dir: string;
  /** Made up here, in the shape of the real ones. */
  readonly isGenerated: boolean;
};

/** The real traces where TRACES_DIR names them, else generated ones. */
export function traces(seed: number): Traces {
  const dir = process.env["TRACES_DIR"];
  if (dir && existsSync(path.join(dir, "AzureLLMInferenceTrace_code.csv"))) {
    return { dir, isGenerated: false, [Symbol.dispose]: () => {} };
  }
  const made = mkdtempSync(path.join(tmpdir(), "tallybook-traces-"));
  writeTraces(made, seed);
  return {
    dir: made,
    isGenerated: true,
    [Symbol.dispose]: () => rmSync(made, { recursive: true, force: true }),
  };
}

/**
 * Two files in the shape of the Azure LLM inference traces of 2023 (one hour of two production services): as many rows,
 * token counts of their medians and spreads, seven digits, CRLF, and no end of the last line.
 */
export function writeTraces(dir: string, seed: number): void {
  const chance = random(seed);
  for (const shape of shapes) {
    const stepMicros = 3_600_000_000 / shape.rows;
    const rows = Array.from({ length: shape.rows }, (_, i) => {
      const micros = Math.floor(i * stepMicros + chance.next() * stepMicros);
      const input = chance.lognormal(shape.input);
      const output = chance.lognormal(shape.output);
      return `${timestamp(micros)},${input},${output}`;
    });
    const lines = ["TIMESTAMP,ContextTokens,GeneratedTokens", ...rows];
    writeFileSync(path.join(dir, `AzureLLMInferenceTrace_${shape.kind}.csv`), lines.join("\r\n"));
  }
}

const shapes = [
  { kind: "code", rows: 8_819, input: [1469, 1.36, 7_437], output: [13, 0.85, 1_899] },
  { kind: "conv", rows: 19_366, input: [1020, 0.99, 14_050], output: [129, 0.86, 1_000] },
] as const;

function timestamp(micros: number): string {
  const millis = Date.UTC(2023, 10, 16, 18, 15) + Math.floor(micros / 1_000);
  const [day, time] = new Date(millis).toISOString().replace("Z", "").split("T");
  return `${day} ${time}${String(micros % 1_000).padStart(3, "0")}0`;
}
