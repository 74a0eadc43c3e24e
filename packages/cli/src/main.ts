import { createInterface } from "node:readline/promises";
import { commands } from "./commands/all.ts";
import { leave } from "./leave.ts";
import { tally } from "./tally.ts";

const code = await tally(process.argv.slice(2), commands, {
  env: process.env,
  print: (line) => process.stdout.write(`${line}\n`),
  remark: (line) => process.stderr.write(`${line}\n`),
  question: process.stdin.isTTY && process.stderr.isTTY ? question : undefined,
});
// What was given up half-way must not hold the process.
await leave(code);

async function question(text: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(text);
  } catch (error) {
    // Whoever ends the input, by Ctrl-C or Ctrl-D, has not said yes.
    if ((error as NodeJS.ErrnoException).code === "ABORT_ERR") return "";
    throw error;
  } finally {
    terminal.close();
  }
}
