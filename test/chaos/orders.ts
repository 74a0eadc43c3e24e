import { setTimeout as sleep } from "node:timers/promises";

import { requestCut } from "@tallybook/cli";
import type { Deployment } from "@tallybook/cli";
import { ApiProblem, Unanswered } from "@tallybook/client";
import type { Noted, Progress, UsageEvent } from "@tallybook/client";

const pauseMs = 100;
const patienceMs = 300_000;

/** Takes simulated time forward; resolves when every event is judged by it, with the order's place in the log. */
export async function advanceTime(target: Deployment, time: string): Promise<number> {
  const { catalog_offset } = await untilTaken(() =>
    target.ask<Noted>("/v1/clock", { body: { time } }),
  );
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const progress = await untilTaken(() => target.ask<Progress>("/v1/progress"));
    if ((progress["ingest"]?.catalog_offset ?? -1) > catalog_offset) return catalog_offset;
    if (performance.now() > deadline) throw new Error(`ingest does not learn that it is ${time}`);
    await sleep(pauseMs);
  }
}

/** Asks for a cut and waits for nothing; whether it was heard is unknown. */
export async function askForCut(target: Deployment): Promise<void> {
  await target.ask("/v1/cuts", { body: { reason: "chaos" } }).catch(() => {});
}

/** Asks for a cut; resolves when it has passed everybody, and all cuts before it. */
export async function passCut(
  target: Deployment,
  reason: string,
  remark: (line: string) => void,
): Promise<void> {
  await untilTaken(() => requestCut(target, reason, { remark }));
}

/** Opens a backfill, and sends events by it: taken once every partition knows of it. Resolves with how many were refused. */
export async function sendByBackfill(
  target: Deployment,
  body: { readonly backfill: string } & Readonly<Record<string, string>>,
  events: readonly UsageEvent[],
): Promise<number> {
  await untilTaken(() => target.ask("/v1/backfills", { body }));
  const query = { backfill: body.backfill };
  const answer = await untilTaken(
    () => target.ask<{ refused: number }>("/v1/events/batch", { body: { events }, query }),
    ({ isPassing, status }) => isPassing || status === 409,
  );
  return answer.refused;
}

/** Asks again while a service is being started again. */
async function untilTaken<Answer>(
  ask: () => Promise<Answer>,
  passes: (problem: ApiProblem) => boolean = ({ isPassing }) => isPassing,
): Promise<Answer> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const willPass =
        error instanceof Unanswered || (error instanceof ApiProblem && passes(error));
      if (!willPass || performance.now() > deadline) throw error;
      await sleep(pauseMs);
    }
  }
}
