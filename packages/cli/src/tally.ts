import type { Call, Command } from "./command.ts";
import { ApiProblem, Unanswered } from "@tallybook/client";
import { Failure } from "./failure.ts";
import { explain, overview } from "./help.ts";
import { parse } from "./parse.ts";

export type Surroundings = Pick<Call, "env" | "print" | "remark" | "question">;

/** Runs one command line and answers the exit code: 0 done, 1 failed, 2 the command line is wrong, 3 nobody said yes. */
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
    if (!isForTheUser(error)) throw error;
    surroundings.remark(explained(error));
    return error instanceof Failure ? error.exitCode : 1;
  }
}

/** Anything else is a fault of ours, and keeps its stack. */
function isForTheUser(error: unknown): error is Failure | ApiProblem | Unanswered {
  return error instanceof Failure || error instanceof ApiProblem || error instanceof Unanswered;
}

function explained(error: Failure | ApiProblem | Unanswered): string {
  if (error instanceof Unanswered) return `${error.message}: does \`tally up\` run?`;
  if (!(error instanceof ApiProblem) || error.status !== 401) return error.message;
  return `${error.message}\nThe key is --admin-key KEY, TALLYBOOK_KEY, or the one kept in the data directory.`;
}
