import { failpointNames, type Failpoint } from "./failpoint-names.ts";

/** What `hang` throws: `runWorkers` has the worker that came to it do nothing any more, as if its turn never ended. */
export class Hung extends Error {
  override readonly name = "Hung";
}

/**
 * Makes the named places at which a test lets this process die: `aggregator.inserted:kill:3` kills it (SIGKILL) when it
 * comes to `aggregator.inserted` for the third time; `throw` throws there instead, and `hang` makes the worker that comes
 * there silent while all others go on. Several are divided by commas.
 *
 * Without a specification the result does nothing. Throws when the specification cannot be read, or names a place that
 * is not in the list.
 */
export function createFailpoints(specification: string | undefined): (name: Failpoint) => void {
  if (!specification) return () => {};
  const points: ReadonlyMap<string, Point> = new Map(specification.split(",").map(readPoint));
  return (name) => {
    const point = points.get(name);
    if (point === undefined) return;
    point.hitsLeft -= 1;
    if (point.hitsLeft !== 0) return;
    switch (point.action) {
      case "kill":
        process.kill(process.pid, "SIGKILL");
        return;
      case "throw":
        throw new Error(`fail point ${name}`);
      case "hang":
        throw new Hung(`fail point ${name}`);
    }
  };
}

const actions = ["kill", "throw", "hang"] as const;

type Point = { readonly action: (typeof actions)[number]; hitsLeft: number };

function readPoint(text: string): [string, Point] {
  const [, name, given, hits] = /^([\w.-]+):([a-z]+):([1-9]\d{0,8})$/.exec(text.trim()) ?? [];
  const action = actions.find((known) => known === given);
  if (name === undefined || action === undefined) {
    throw new Error(
      `FAILPOINT has ${JSON.stringify(text)}: write name:kill:hits, name:throw:hits or name:hang:hits, commas between them.`,
    );
  }
  if (!failpointNames.some((known) => known === name)) {
    throw new Error(
      `FAILPOINT names ${name}, which nobody reaches. There are: ${failpointNames.join(", ")}.`,
    );
  }
  return [name, { action, hitsLeft: Number(hits) }];
}
