import { setTimeout as sleep } from "node:timers/promises";
import { ApiProblem } from "@tallybook/client";

const patienceMs = 60_000;
const pauseMs = 200;

/** Asks again while a service is being started again: the address says so by 503. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const isPassing = error instanceof ApiProblem && error.status === 503;
      if (!isPassing || performance.now() > deadline) throw error;
      await sleep(pauseMs);
    }
  }
}
