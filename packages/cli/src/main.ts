import { commands } from "./commands/all.ts";
import { tally } from "./tally.ts";

const code = await tally(process.argv.slice(2), commands, {
  env: process.env,
  print: (line) => process.stdout.write(`${line}\n`),
  remark: (line) => process.stderr.write(`${line}\n`),
});
// What was given up half-way must not hold the process.
process.exit(code);
