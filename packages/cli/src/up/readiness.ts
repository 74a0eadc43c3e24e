import { connect } from "node:net";
import { probeClickHouse } from "@tallybook/local";
import type { Answer } from "./gateway.ts";
import { type Address, type Engines, hasOneActive, type ServiceInstance } from "./services.ts";

export type Part = {
  readonly ready: boolean;
  /** Waits to take over from the active instance of its service. */
  readonly standby?: boolean;
  /** Why not; what the part itself says. */
  readonly detail?: unknown;
};

/** What `/readyz` of the one address answers: 200 only when everybody is ready, or a standby of one that is. */
export type Readiness = {
  readonly ready: boolean;
  /** By the names of the instances. */
  readonly services: Readonly<Record<string, Part>>;
  readonly engines: Readonly<Record<string, Part>>;
};

type Targets = {
  readonly instances: readonly ServiceInstance[];
  readonly addressOf: (name: string) => Address;
  readonly engines: () => Engines | undefined;
};

const answerMsMax = 2_000;

export async function readiness(targets: Targets): Promise<Readiness> {
  const engines = targets.engines();
  const [services, kafka, clickhouse] = await Promise.all([
    eachOf(targets.instances, ({ name }) => partOf(targets.addressOf(name))),
    engines ? kafkaPart(engines.brokers) : starting,
    engines ? clickHousePart(engines.clickHouseUrl) : starting,
  ]);
  const enginesReady = kafka.ready && clickhouse.ready;
  const servicesReady = [...byService(targets.instances).values()].every((its) => {
    const parts = its.map(({ name }) => services[name]);
    return parts.some((part) => part?.ready) && parts.every((part) => part?.ready || part?.standby);
  });
  return { ready: enginesReady && servicesReady, services, engines: { kafka, clickhouse } };
}

export async function readinessAnswer(targets: Targets): Promise<Answer> {
  const body = await readiness(targets);
  return { status: body.ready ? 200 : 503, body };
}

/**
 * What every service says of how far it is: `{ ingest: { catalog_offset: … }, … }`; null where nobody knows. Where several
 * share the work, the one that is least far speaks for all; where one is active, it speaks.
 */
export async function progressAnswer(
  targets: Pick<Targets, "instances" | "addressOf">,
): Promise<Answer> {
  const answers = await eachOf(targets.instances, async ({ name }) => {
    const answer = await ask(targets.addressOf(name), "/progress");
    return answer?.status === 200 ? (answer.body as Progress) : null;
  });
  const body = [...byService(targets.instances)].map(([service, its]) => {
    const all = its.map(({ name }) => answers[name] ?? null);
    return [service, hasOneActive.has(service) ? activeOf(all) : leastFar(all)];
  });
  return { status: 200, body: Object.fromEntries(body) };
}

type Progress = { readonly standby?: boolean; readonly catalog_offset?: number };

// One that was away and believes for a moment that it is still active is behind the one that took over.
function activeOf(all: readonly (Progress | null)[]): Progress | null {
  const active = all.filter((one) => one !== null && one.standby !== true);
  return active.toSorted((a, b) => farOf(b) - farOf(a))[0] ?? null;
}

function leastFar(all: readonly (Progress | null)[]): Progress | null {
  if (all.includes(null)) return null;
  return all.toSorted((a, b) => farOf(a) - farOf(b))[0] ?? null;
}

function farOf(progress: Progress | null): number {
  return progress?.catalog_offset ?? 0;
}

const starting: Part = { ready: false, detail: "starting" };

async function eachOf<T>(
  instances: readonly ServiceInstance[],
  look: (instance: ServiceInstance) => Promise<T>,
): Promise<Record<string, T>> {
  return Object.fromEntries(
    await Promise.all(instances.map(async (one) => [one.name, await look(one)] as const)),
  );
}

function byService(
  instances: readonly ServiceInstance[],
): Map<ServiceInstance["service"], ServiceInstance[]> {
  return Map.groupBy(instances, ({ service }) => service);
}

async function partOf(address: Address): Promise<Part> {
  const answer = await ask(address, "/readyz");
  if (answer === undefined) return { ready: false, detail: "does not answer" };
  const isStandby = (answer.body as { status?: string } | null)?.status === "standby";
  return { ready: answer.status === 200, standby: isStandby, detail: answer.body };
}

async function ask({ host, port }: Address, path: string): Promise<Answer | undefined> {
  try {
    const response = await fetch(`http://${host}:${port}${path}`, {
      signal: AbortSignal.timeout(answerMsMax),
    });
    return { status: response.status, body: readJson(await response.text()) };
  } catch {
    return undefined;
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Ready when one of the brokers accepts a connection. */
async function kafkaPart(brokers: string): Promise<Part> {
  const answers = await Promise.all(brokers.split(",").map((broker) => accepts(broker.trim())));
  return answers.includes(true) ? { ready: true } : { ready: false, detail: "does not answer" };
}

function accepts(broker: string): Promise<boolean> {
  const colon = broker.lastIndexOf(":");
  const socket = connect({ host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)) });
  return new Promise((resolve) => {
    const done = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.setTimeout(answerMsMax, () => done(false));
    socket.once("error", () => done(false));
    socket.once("connect", () => done(true));
  });
}

async function clickHousePart(url: string): Promise<Part> {
  const why = await probeClickHouse(url);
  return why === null ? { ready: true } : { ready: false, detail: why };
}
