import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";

/** How many checks or tests of one stage passed and failed. */
export type Tally = { readonly passed: number; readonly failed: number };

const root = path.join(import.meta.dirname, "..");
const bin = path.join(root, "node_modules", ".bin");
const results = path.join(root, ".tallybook", "test");

/** Runs scripts of the root package side by side; each counts as one test. What has not changed is not run again. */
export async function runChecks(names: readonly string[]): Promise<Tally> {
  const { code, out } = await command(
    "turbo",
    ["run", ...names, "--continue=always", "--output-logs=errors-only", "--log-order=grouped"],
    { TURBO_TELEMETRY_DISABLED: "1" },
  );
  if (code === 0) return { passed: names.length, failed: 0 };
  const named = names.filter((name) => out.includes(`//#${name}:  ERROR  command`)).length;
  const failed = Math.max(named, 1);
  return { passed: names.length - failed, failed };
}

/** Runs vitest once. A file that could not be loaded, or a run that ended without a result, counts as a failure. */
export async function runTests(name: string, config: string): Promise<Tally> {
  mkdirSync(results, { recursive: true });
  const file = path.join(results, `${name}.json`);
  rmSync(file, { force: true });
  const { code } = await command("vitest", [
    "run",
    `--config=${config}`,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${file}`,
  ]);
  const { passed, failed } = readTally(file);
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
}

type Report = {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
};

function readTally(file: string): Tally {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, "utf8")) as Report;
  } catch {
    return { passed: 0, failed: 1 };
  }
  const filesWithoutTests = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + filesWithoutTests.length,
  };
}

/** Runs a program of the workspace, shows what it says, and passes on the signals that end this one. */
async function command(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly out: string }> {
  const child = spawn(path.join(bin, program), args, {
    cwd: root,
    env: { ...process.env, ...env, PATH: `${bin}${path.delimiter}${process.env["PATH"]}` },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      out += chunk;
      process.stdout.write(chunk);
    });
  }
  const pass = (signal: NodeJS.Signals): void => {
    child.kill(signal);
    process.exitCode = 1;
  };
  process.on("SIGTERM", pass).on("SIGINT", pass);
  const [code] = (await once(child, "close")) as [number | null];
  process.off("SIGTERM", pass).off("SIGINT", pass);
  return { code: code ?? 1, out };
}
