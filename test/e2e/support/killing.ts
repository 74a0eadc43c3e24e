import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "@tallybook/cli";
import type { TestStack } from "@tallybook/testkit";
import type { Course } from "./scenario.ts";

/** How long the door, the catalog and the broker stand still with work before them. */
const stoppedMs = 300;
/** How long a process lives at most when it goes on. */
const livesMsMax = 600;
const pollMs = 20;
const gatherMsMax = 60_000;

/**
 * Stops a process, lets work gather before it, lets it go on, and kills it at a moment of its work; then waits until
 * everything is through.
 */
export function killing(stack: TestStack, name: string, chance: Random): Course {
  return async ({ feed, cut }) => {
    const before = await progressBefore(stack, name);
    const pid = await stack.signal(name, "SIGSTOP");
    const feeding = feed();
    const holdsFeed = name === "ingest" || name === "kafka";
    if (holdsFeed) await sleep(stoppedMs);
    else await feeding;
    // A cut that is asked for while events are on their way would not hold them all.
    const cutting = holdsFeed ? feeding.then(cut) : cut();
    // Whoever fails is awaited below.
    Promise.allSettled([feeding, cutting]).catch(() => {});
    await gathered(stack, name, before);
    process.kill(pid, "SIGCONT");
    await sleep(chance.below(livesMsMax));
    process.kill(pid, "SIGKILL");
    await feeding;
    await cutting;
    await stack.untilReady();
  };
}

/** Who hands rater and invoicer their work. */
const upstream: Readonly<Record<string, string>> = { rater: "aggregator", invoicer: "rater" };

/** The others have work as soon as they are fed; these only when the one before them has done its own. */
async function gathered(stack: TestStack, name: string, before: number): Promise<void> {
  if (upstream[name] === undefined) {
    if (name === "catalog") await sleep(stoppedMs);
    return;
  }
  const deadline = performance.now() + gatherMsMax;
  while ((await progressBefore(stack, name)) <= before) {
    if (performance.now() > deadline) throw new Error(`no work came to ${name}`);
    await sleep(pollMs);
  }
}

/** The last cut that has passed the one before it on the road; 0 where nobody hands it its work. */
async function progressBefore(stack: TestStack, name: string): Promise<number> {
  const giver = upstream[name];
  if (giver === undefined) return 0;
  const answer = await fetch(`${stack.run().services[giver]}/progress`);
  return ((await answer.json()) as { cut: number }).cut;
}
