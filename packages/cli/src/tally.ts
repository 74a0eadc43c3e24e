import type { Call, Command } from "./command.ts";
import { Failure } from "./failure.ts";
import { explain, overview } from "./help.ts";
import { parse } from "./parse.ts";

export type Surroundings = Pick<Call, "env" | "print" | "remark">;

/** Runs one command line and answers the exit code: 0 done, 1 failed, 2 the command line is wrong. */
export async function tally(
  argv: readonly string[],
  commands: readonly Command[],
  surroundings: Surroundings,
): Promise<number> {
  const [first] = argv;
  if (first === undefined || first === "--help" || first === "-h" || first === "help") {
    surroundings.print(overview(commands));
    return first === undefined ? 2 : 0;
  }
  try {
    const { command, help, call } = parse(argv, commands);
    if (help) {
      surroundings.print(explain(command));
      return 0;
    }
    return await command.run({ ...surroundings, ...call });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    surroundings.remark(error.message);
    return error.exitCode;
  }
}
