import { failpointNames, type Failpoint } from "./failpoint-names.ts";

/**
 * Makes the named places at which a test lets this process die: `aggregator.inserted:kill:3` kills it (SIGKILL) when it
 * comes to `aggregator.inserted` for the third time; `throw` throws there instead. Several are divided by commas.
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
    }
  };
}

type Point = { readonly action: "kill" | "throw"; hitsLeft: number };

function readPoint(text: string): [string, Point] {
  const [, name, action, hits] = /^([\w.-]+):(kill|throw):([1-9]\d{0,8})$/.exec(text.trim()) ?? [];
  if (name === undefined || (action !== "kill" && action !== "throw")) {
    throw new Error(
      `FAILPOINT has ${JSON.stringify(text)}: write name:kill:hits or name:throw:hits, commas between them.`,
    );
  }
  if (!failpointNames.some((known) => known === name)) {
    throw new Error(
      `FAILPOINT names ${name}, which nobody reaches. There are: ${failpointNames.join(", ")}.`,
    );
  }
  return [name, { action, hitsLeft: Number(hits) }];
}
