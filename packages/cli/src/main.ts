import { commands } from "./commands/all.ts";
import { tally } from "./tally.ts";

// kafkajs 2.2.4 asks for timers in the past, which Node 24 warns of; it means nothing.
const warn = process.listeners("warning");
process.removeAllListeners("warning").on("warning", (warning) => {
  if (warning.name !== "TimeoutNegativeWarning") for (const tell of warn) tell(warning);
});

const code = await tally(process.argv.slice(2), commands, {
  env: process.env,
  print: (line) => process.stdout.write(`${line}\n`),
  remark: (line) => process.stderr.write(`${line}\n`),
});
// What was given up half-way must not hold the process.
process.exit(code);
