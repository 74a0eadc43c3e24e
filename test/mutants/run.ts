import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { table } from "@tallybook/cli";
import { type Mutant, mutants } from "./mutants.ts";

const help = `npm run mutants -- [--only TEXT] [--table FILE]

Makes one small mistake at a time in a copy of the money and pricing packages, and runs their tests on it: each mistake
must turn a test red. Prints a table; exit code 0 where every mistake was found, 1 where one was not.

  --only TEXT    only mistakes whose description contains it
  --table FILE   also writes the table there, as Markdown`;

const root = path.join(import.meta.dirname, "..", "..");
const copy = path.join(root, ".tallybook", "mutants");
const args = process.argv.slice(2);

interface Found {
  readonly mutant: Mutant;
  /** The first test that turned red; null where none did. */
  readonly by: string | null;
}

if (args.includes("--help")) console.log(help);
else process.exitCode = await run();

async function run(): Promise<number> {
  makeCopy();
  try {
    if ((await redTest()) !== null) {
      console.error("the tests fail without any mistake: mend that first");
      return 1;
    }
    const only = valueOf("--only") ?? "";
    const found: Found[] = [];
    for (const mutant of mutants.filter(({ what }) => what.includes(only))) {
      const by = await withMutant(mutant, redTest);
      found.push({ mutant, by });
      console.error(`${by === null ? "NOT FOUND" : "found"}: ${mutant.what}`);
    }
    report(found);
    return found.every(({ by }) => by !== null) ? 0 : 1;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function makeCopy(): void {
  rmSync(copy, { recursive: true, force: true });
  for (const name of [
    "packages/money",
    "packages/pricing",
    "packages/catalog/test/pricing-page.test.ts",
    "docs/pricing.md",
  ]) {
    mkdirSync(path.dirname(path.join(copy, name)), { recursive: true });
    cpSync(path.join(root, name), path.join(copy, name), {
      recursive: true,
      filter: (source) => !source.includes("node_modules", root.length),
    });
  }
}

async function withMutant<Result>(
  { what, file, find, replace }: Mutant,
  act: () => Promise<Result>,
): Promise<Result> {
  const place = path.join(copy, file);
  const text = readFileSync(place, "utf8");
  const count = text.split(find).length - 1;
  if (count !== 1) {
    throw new Error(`"${what}": ${file} has its text ${count} times, and it must be there once`);
  }
  writeFileSync(place, withImports(text.replace(find, () => replace)));
  try {
    return await act();
  } finally {
    writeFileSync(place, text);
  }
}

/** What a mistake uses of the money package and its file did not import. */
function withImports(text: string): string {
  const missing = ["cut", "toText", "add", "sub", "sum", "ratioOf"].filter(
    (name) =>
      text.includes(`${name}(`) && !isImported(text, name) && !text.includes(`function ${name}(`),
  );
  if (missing.length === 0 || !text.includes("@tallybook/money")) return text;
  return `import { ${missing.join(", ")} } from "@tallybook/money";\n${text}`;
}

function isImported(text: string, name: string): boolean {
  return [...text.matchAll(/import \{([^}]*)\}/g)].some(([, names]) =>
    (names ?? "").split(",").some((each) => each.trim() === name),
  );
}

/** The name of a test that fails; null where all pass. A run that cannot even load counts as no find. */
async function redTest(): Promise<string | null> {
  const results = path.join(copy, "results.json");
  rmSync(results, { force: true });
  const child = spawn(
    path.join(root, "node_modules", ".bin", "vitest"),
    [
      "run",
      `--config=${path.join(import.meta.dirname, "vitest.config.ts")}`,
      "--reporter=json",
      `--outputFile=${results}`,
    ],
    {
      cwd: copy,
      env: { ...process.env, MUTANTS_ROOT: copy, SECOND_OPINION_PAIRS: "1000" },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let complaints = "";
  child.stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  const { testResults, numPassedTests } = readResults(results);
  const red = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .find(({ status }) => status === "failed");
  if (red !== undefined) return red.fullName;
  if (code === 0 && numPassedTests > 0) return null;
  const broken = testResults.find(({ status }) => status === "failed")?.message ?? complaints;
  throw new Error(`the tests could not be run: ${broken.slice(0, 500)}`);
}

interface Results {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

function readResults(file: string): Results {
  return JSON.parse(readFileSync(file, "utf8")) as Results;
}

function report(found: readonly Found[]): void {
  const columns = [{ title: "mistake" }, { title: "turned red" }] as const;
  const rows = found.map(({ mutant, by }) => [mutant.what, by ?? "nothing"]);
  for (const line of table(columns, rows)) console.log(line);
  const count = found.filter(({ by }) => by !== null).length;
  console.log(`${count} of ${found.length} mistakes found`);
  const file = valueOf("--table");
  if (file !== undefined) writeFileSync(file, markdown(found));
}

function markdown(found: readonly Found[]): string {
  const rows = found.map(
    ({ mutant, by }) =>
      `| ${mutant.what} | \`${path.basename(mutant.file)}\` | ${(by ?? "**nothing**").replaceAll("|", "\\|")} |`,
  );
  return [
    "# Mistakes that the tests find",
    "",
    "`npm run mutants` makes one small mistake at a time in a copy of the money and pricing packages and runs their tests on",
    "it. Each mistake turns a test red; the first one that did stands beside it. Written by `npm run mutants -- --table`.",
    "",
    "| mistake | in | the test that turned red |",
    "| --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function valueOf(option: string): string | undefined {
  const at = args.indexOf(option);
  return at === -1 ? undefined : args[at + 1];
}
