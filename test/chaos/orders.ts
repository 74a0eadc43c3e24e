import { setTimeout as sleep } from "node:timers/promises";

import { advanceClock, requestCut } from "@tallybook/cli";
import type { Deployment } from "@tallybook/cli";
import { ApiProblem, Unanswered } from "@tallybook/client";

const pauseMs = 500;
const patienceMs = 300_000;

/** Orders a cut, or simulated time and with it a cut, until it is taken; resolves when it has passed everybody. */
export async function passCut(
  target: Deployment,
  path: "/v1/clock" | "/v1/cuts",
  body: { readonly time?: string | undefined; readonly reason?: string },
  remark: (line: string) => void = () => {},
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      if (path === "/v1/clock") await advanceClock(target, body.time ?? "", { remark });
      else await requestCut(target, body.reason ?? "", { remark });
      return;
    } catch (error) {
      const isPassing =
        error instanceof Unanswered || (error instanceof ApiProblem && error.isPassing);
      if (!isPassing || performance.now() > deadline) throw error;
      await sleep(pauseMs);
    }
  }
}
