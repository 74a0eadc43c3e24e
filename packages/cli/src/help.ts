import type { Command } from "./command.ts";
import { usage } from "./parse.ts";

/** What `tally --help` prints. */
export function overview(commands: readonly Command[]): string {
  const rows = commands.map((command) => [
    `  tally ${[command.name, ...command.args].join(" ")}`,
    command.summary,
  ]);
  return [
    "tally runs a Tallybook deployment on this machine, and talks to one.",
    "",
    ...aligned(rows),
    "",
    "`tally COMMAND --help` tells more about one. Exit codes: 0 done, 1 failed or a residual is not 0,",
    "2 the command line is wrong, 3 nothing was changed, since nobody said yes.",
  ].join("\n");
}

/** What `tally COMMAND --help` prints. */
export function explain(command: Command): string {
  const options = Object.entries(command.options)
    .filter(([, option]) => !option.hidden)
    .map(([name, option]) => [
      `  --${name}${option.value === undefined ? "" : ` ${option.value}`}`,
      option.about,
    ]);
  return [
    usage(command),
    "",
    command.summary,
    ...(options.length === 0 ? [] : ["", ...aligned(options)]),
    ...(command.examples.length === 0
      ? []
      : ["", "Examples:", ...command.examples.map((example) => `  ${example}`)]),
  ].join("\n");
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map(([left = ""]) => left.length));
  return rows.map(([left = "", right = ""]) => `${left.padEnd(width)}   ${right}`);
}
