import type { Clock } from "@tallybook/client";
import { parseTime } from "@tallybook/periods";
import { advanceClock } from "../clock.ts";
import { deployment } from "../deployment.ts";
import { Failure } from "../failure.ts";
import type { Stack } from "./stack.ts";

/** Makes `--clock` hold on a deployment that was there before: simulated time goes forward to it, and never back. */
export async function settleClock(
  stack: Pick<Stack, "url" | "place">,
  wished: string | undefined,
  remark: (line: string) => void,
): Promise<void> {
  if (wished === undefined) return;
  const target = deployment(stack.url, stack.place.adminKey);
  const clock = await target.ask<Clock>("/v1/clock");
  if (!clock.simulated) {
    throw new Failure(
      "this deployment runs on the wall clock, and simulated time cannot be put over it: leave --clock out.",
    );
  }
  const now = parseTime(clock.time) ?? 0;
  const then = parseTime(wished) ?? 0;
  if (then < now) {
    throw new Failure(
      `--clock ${wished} is before ${clock.time}, where this deployment's time already is, and time only goes forward: leave --clock out, or name another directory with --data.`,
    );
  }
  if (then > now) await advanceClock(target, wished, { remark });
}
