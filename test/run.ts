import { runChecks, runTests, type Tally } from "./stages.ts";

/**
 * `npm test`: the checks, the tests of each package, and then the tests of the whole road. Every stage runs, also when
 * an earlier one failed, and the last line sums them up. Exits with 1 when anything failed.
 */
const stages: readonly { readonly name: string; readonly run: () => Promise<Tally> }[] = [
  {
    name: "Checks: format, lint, types, unused code, containers",
    run: () =>
      runChecks(["check:format", "check:lint", "check:types", "check:unused", "check:containers"]),
  },
  {
    name: "Tests of the packages and services",
    run: () => runTests("unit", "vitest.config.ts"),
  },
  {
    name: "Tests of the whole road",
    run: () => runTests("e2e", "vitest.e2e.config.ts"),
  },
];

let passed = 0;
let failed = 0;
for (const [index, { name, run }] of stages.entries()) {
  console.log(`\n[${index + 1}/${stages.length}] ${name}`);
  const begun = performance.now();
  const tally = await run();
  const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
  passed += tally.passed;
  failed += tally.failed;
  console.log(`    ${tally.passed} passed, ${tally.failed} failed in ${seconds} s`);
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
