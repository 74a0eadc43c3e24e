import { connect } from "node:net";
import { probeClickHouse } from "@tallybook/local";
import type { Answer } from "./gateway.ts";
import { type Engines, type ServiceName, serviceNames } from "./services.ts";

export type Part = {
  readonly ready: boolean;
  /** Why not; what the part itself says. */
  readonly detail?: unknown;
};

/** What `/readyz` of the one address answers: 200 only when everybody is ready. */
export type Readiness = {
  readonly ready: boolean;
  readonly services: Readonly<Record<string, Part>>;
  readonly engines: Readonly<Record<string, Part>>;
};

type Targets = {
  readonly portOf: (service: ServiceName) => number;
  /** The host of a service; loopback unless given. */
  readonly hostOf?: (service: ServiceName) => string;
  readonly engines: () => Engines | undefined;
};

const answerMsMax = 2_000;

export async function readiness(targets: Targets): Promise<Readiness> {
  const engines = targets.engines();
  const [services, kafka, clickhouse] = await Promise.all([
    eachService((name) => partOf(placeOf(targets, name))),
    engines ? kafkaPart(engines.brokers) : starting,
    engines ? clickHousePart(engines.clickHouseUrl) : starting,
  ]);
  const parts = [...Object.values(services), kafka, clickhouse];
  return { ready: parts.every((part) => part.ready), services, engines: { kafka, clickhouse } };
}

export async function readinessAnswer(targets: Targets): Promise<Answer> {
  const body = await readiness(targets);
  return { status: body.ready ? 200 : 503, body };
}

/** What every service says of how far it is: `{ ingest: { catalog_offset: … }, … }`; null where one does not answer. */
export async function progressAnswer(targets: Pick<Targets, "portOf" | "hostOf">): Promise<Answer> {
  const body = await eachService(async (name) => {
    const answer = await ask(placeOf(targets, name), "/progress");
    return answer?.status === 200 ? answer.body : null;
  });
  return { status: 200, body };
}

function placeOf(
  { portOf, hostOf }: Pick<Targets, "portOf" | "hostOf">,
  name: ServiceName,
): string {
  return `${hostOf?.(name) ?? "127.0.0.1"}:${portOf(name)}`;
}

const starting: Part = { ready: false, detail: "starting" };

async function eachService<T>(look: (name: ServiceName) => Promise<T>): Promise<Record<string, T>> {
  return Object.fromEntries(
    await Promise.all(serviceNames.map(async (name) => [name, await look(name)] as const)),
  );
}

async function partOf(place: string): Promise<Part> {
  const answer = await ask(place, "/readyz");
  if (answer === undefined) return { ready: false, detail: "does not answer" };
  return { ready: answer.status === 200, detail: answer.body };
}

async function ask(place: string, path: string): Promise<Answer | undefined> {
  try {
    const response = await fetch(`http://${place}${path}`, {
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
