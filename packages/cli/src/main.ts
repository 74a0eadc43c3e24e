import { commands } from "./commands/index.ts";
import { tally } from "./tally.ts";

process.exitCode = await tally(process.argv.slice(2), commands, {
  env: process.env,
  print: (line) => process.stdout.write(`${line}\n`),
  remark: (line) => process.stderr.write(`${line}\n`),
});
