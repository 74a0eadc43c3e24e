import { parseArgs } from "node:util";
import type { Call, Command, Option } from "./command.ts";
import { misuse } from "./failure.ts";

export type Parsed = {
  readonly command: Command;
  readonly help: boolean;
  readonly call: Pick<Call, "args" | "text" | "texts" | "has">;
};

/** Finds the command that `argv` names and checks its arguments; throws a misuse that says what and the nearest. */
export function parse(argv: readonly string[], commands: readonly Command[]): Parsed {
  const command = findCommand(argv, commands);
  const words = command.name.split(" ").length;
  const { tokens } = parseArgs({
    args: argv.slice(words),
    options: Object.fromEntries(
      Object.entries(command.options).map(([name, option]) => [
        name,
        { type: option.value === undefined ? "boolean" : "string", multiple: true } as const,
      ]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const values = new Map<string, string[]>();
  const args: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") args.push(token.value);
    if (token.kind !== "option") continue;
    if (token.name === "help" || token.name === "h") {
      values.set("help", [""]);
      continue;
    }
    const value = readOption(command, token.name, token.rawName, token.value);
    values.set(token.name, [...(values.get(token.name) ?? []), value]);
  }
  const help = values.has("help");
  if (!help) checkArguments(command, args, commands);
  return {
    command,
    help,
    call: {
      args,
      text: (option) => values.get(option)?.at(-1),
      texts: (option) => values.get(option) ?? [],
      has: (option) => values.has(option),
    },
  };
}

function findCommand(argv: readonly string[], commands: readonly Command[]): Command {
  const words = argv.filter((arg) => !arg.startsWith("-")).slice(0, 2);
  const [first] = words;
  if (first === undefined || argv[0] !== first) {
    throw misuse(`tally: a command is needed before any option, for example \`tally up\`.`);
  }
  const byName = new Map(commands.map((command) => [command.name, command]));
  const two = argv[1] === words[1] ? byName.get(words.join(" ")) : undefined;
  const found = two ?? byName.get(first);
  if (found) return found;
  const inGroup = commands.filter((command) => command.name.startsWith(`${first} `));
  if (inGroup.length > 0) {
    throw misuse(`tally ${first}: say ${listed(inGroup.map((c) => `\`tally ${c.name}\``))}.`);
  }
  const near = nearest(
    first,
    commands.map((command) => command.name.split(" ")[0] ?? ""),
  );
  throw misuse(
    `tally: there is no command \`${first}\`.${near ? ` Did you mean \`${near}\`?` : ""}`,
  );
}

function readOption(
  command: Command,
  name: string,
  rawName: string,
  value: string | undefined,
): string {
  const option: Option | undefined = Object.hasOwn(command.options, name)
    ? command.options[name]
    : undefined;
  if (option === undefined) {
    const near = nearest(name, Object.keys(command.options));
    const hint = near ? ` Did you mean \`--${near}\`?` : "";
    throw misuse(`tally ${command.name}: there is no option \`${rawName}\`.${hint}`);
  }
  if (option.value === undefined) {
    if (value === undefined) return "";
    throw misuse(`tally ${command.name}: \`--${name}\` takes no value.`);
  }
  if (value === undefined || value === "") {
    throw misuse(`tally ${command.name}: \`--${name}\` needs a value: --${name} ${option.value}.`);
  }
  return value;
}

function checkArguments(
  command: Command,
  args: readonly string[],
  commands: readonly Command[],
): void {
  const needed = command.args.filter((name) => !name.startsWith("["));
  const missing = needed[args.length];
  if (missing !== undefined) {
    throw misuse(`tally ${command.name}: ${missing} is missing: ${usage(command)}`);
  }
  const extra = args[command.args.length];
  if (extra === undefined) return;
  const inGroup = commands.filter((other) => other.name.startsWith(`${command.name} `));
  const hint =
    inGroup.length > 0 ? ` Did you mean ${listed(inGroup.map((c) => `\`tally ${c.name}\``))}?` : "";
  throw misuse(`tally ${command.name}: \`${extra}\` is one too many.${hint}`);
}

export function usage(command: Command): string {
  const args = command.args.map((arg) => ` ${arg}`).join("");
  const shown = Object.values(command.options).some((option) => !option.hidden);
  return `tally ${command.name}${args}${shown ? " [options]" : ""}`;
}

/** The candidate that a typing error may have come from, if one is near enough. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = candidate.startsWith(word) ? 1 : editDistance(word, candidate);
    if (best === undefined || distance < best.distance) best = { candidate, distance };
  }
  const isNear = best !== undefined && best.distance <= Math.max(1, Math.floor(word.length / 3));
  return isNear ? best?.candidate : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
