import { conform } from "./conform.ts";
import { readCaseFiles } from "./files.ts";

const help = `npm run conformance -- DIR... [--kind KIND]

Runs every case file (*.json) of the directories against the engines, and prints each case that disagrees with what was
expected and what came out. Without a directory it takes the one in CONFORMANCE_DIR. Ends with "N passed, N failed" and
exit code 0 where none failed, 1 where some did, 2 where a directory or a file cannot be read.

  --kind KIND   runs only the cases of that kind`;

const args = process.argv.slice(2);
if (args.includes("--help")) console.log(help);
else process.exitCode = run();

function run(): number {
  const { directories, kind, fault } = readArgs();
  if (fault !== undefined) {
    console.error(`${fault}\n\n${help}`);
    return 2;
  }
  let passed = 0;
  let failed = 0;
  try {
    for (const file of directories.flatMap(readCaseFiles)) {
      for (const one of file.cases) {
        if (kind !== undefined && one.kind !== kind) continue;
        const found = conform(one);
        if (found.length === 0) passed += 1;
        else failed += 1;
        for (const { at, expected, got } of found) {
          console.log(`${one.id} (${one.kind})${at === "" ? "" : ` at ${at}`}`);
          console.log(`  expected ${expected}\n  got      ${got}`);
        }
      }
    }
  } catch (error) {
    console.error((error as Error).message);
    return 2;
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function readArgs(): { directories: string[]; kind?: string; fault?: string } {
  const directories: string[] = [];
  let kind: string | undefined;
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    if (arg === "--kind") {
      index += 1;
      kind = args[index];
      if (kind === undefined) return { directories, fault: "--kind needs the name of a kind" };
    } else if (arg.startsWith("-")) return { directories, fault: `${arg} is no option` };
    else directories.push(arg);
  }
  const fallback = process.env["CONFORMANCE_DIR"];
  if (directories.length === 0 && fallback) directories.push(fallback);
  if (directories.length === 0) return { directories, fault: "name a directory of case files" };
  return { directories, ...(kind === undefined ? {} : { kind }) };
}
