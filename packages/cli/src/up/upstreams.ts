import { setTimeout as sleep } from "node:timers/promises";
import type { Address, ServiceInstance, ServiceName } from "./services.ts";

/** Which instance of a service answers a request. */
export type Upstreams = {
  /** Where to try, best first; never empty. */
  addressesOf(service: ServiceName): readonly Address[];
  /** Asks all of them now. */
  look(): Promise<void>;
  close(): void;
};

type Known = { readonly address: Address; state: "answers" | "standby" | "away" };

const lookMs = 500;
const answerMsMax = 1_000;

/**
 * Where there are several of each service: asks every instance again and again whether it answers or is a standby, and
 * gives the requests to those that answer in turns. Where there is one of each nobody is asked.
 */
export function watchUpstreams(
  instances: readonly ServiceInstance[],
  addressOf: (name: string) => Address,
): Upstreams {
  const byService = Map.groupBy(instances, ({ service }) => service);
  const known = new Map<ServiceName, Known[]>();
  for (const [service, its] of byService) {
    known.set(
      service,
      its.map(({ name }) => ({ address: addressOf(name), state: "answers" })),
    );
  }
  const closing = new AbortController();
  const several = [...known.values()].filter((its) => its.length > 1).flat();
  for (const one of several) void keepLooking(one, closing.signal);
  let turns = 0;
  return {
    addressesOf(service) {
      const its = known.get(service) ?? [];
      if (its.length === 1) return its.map(({ address }) => address);
      turns += 1;
      const inTurn = its.map((_, i) => its[(i + turns) % its.length] as Known);
      // Who was away a moment ago is the last resort, and so is a standby.
      return inTurn.toSorted((a, b) => rank[a.state] - rank[b.state]).map(({ address }) => address);
    },
    async look() {
      await Promise.all(several.map(look));
    },
    close: () => closing.abort(),
  };
}

const rank = { answers: 0, away: 1, standby: 2 } as const;

async function keepLooking(one: Known, closing: AbortSignal): Promise<void> {
  while (!closing.aborted) {
    await look(one);
    await sleep(lookMs, undefined, { signal: closing }).catch(() => {});
  }
}

async function look(one: Known): Promise<void> {
  one.state = await stateOf(one.address);
}

async function stateOf({ host, port }: Address): Promise<Known["state"]> {
  try {
    const answer = await fetch(`http://${host}:${port}/livez`, {
      signal: AbortSignal.timeout(answerMsMax),
    });
    const body = (await answer.json()) as { standby?: boolean };
    return body.standby === true ? "standby" : "answers";
  } catch {
    return "away";
  }
}
