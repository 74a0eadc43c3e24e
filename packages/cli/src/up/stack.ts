import { mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Passwords, passwordsFile, startClickHouse, startKafka } from "@tallybook/local";
import { Failure } from "../failure.ts";
import { type Gateway, openGateway } from "./gateway.ts";
import { firstTenant, keepUsers } from "./keep-users.ts";
import { lockDir } from "./lock.ts";
import { beginLog, boundLog, lastLine } from "./log-file.ts";
import { openApiAnswer } from "./openapi.ts";
import { openPlace, type Place } from "./place.ts";
import { progressAnswer, type Readiness, readiness, readinessAnswer } from "./readiness.ts";
import { removeRunFile, type RunFile, untilLeftoversEnd, writeRunFile } from "./run-file.ts";
import { type Address, type Engines, instancesOf, serviceUnit } from "./services.ts";
import { type Supervised, supervise, type Unit } from "./supervisor.ts";
import { watchUpstreams } from "./upstreams.ts";

export type StackOptions = {
  readonly dir: string;
  /** 0: any free one. */
  readonly port: number;
  readonly partitions?: number | undefined;
  /** Of each service; one unless given. */
  readonly instances?: number | undefined;
  readonly clock?: string | undefined;
  readonly adminKey?: string | undefined;
  /** By service or instance. */
  readonly failPoints?: Readonly<Record<string, string>>;
  /** KAFKA_BROKERS and CLICKHOUSE_URL name engines that somebody else runs. */
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
  /** Gives up starting. */
  readonly signal?: AbortSignal | undefined;
  /** Where the services lie; the project's own unless a test says otherwise. */
  readonly servicesDir?: string;
};

/** A whole deployment that runs under this process. */
export type Stack = {
  readonly url: string;
  readonly place: Place;
  readonly run: Omit<RunFile, "pid" | "processes">;
  /** Services first, then engines. */
  stop(): Promise<void>;
  /** At once, by force. */
  kill(): void;
};

const readyMsMax = 120_000;
const deathsMax = 8;
const pollMs = 100;
const logCheckMs = 30_000;
const projectDir = path.join(import.meta.dirname, "../../../..");

/** Starts engines, services and the one address, and resolves when all are ready. Stops what it started when it fails. */
export async function startStack(options: StackOptions): Promise<Stack> {
  mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  await using opened = new AsyncDisposableStack();
  const unlock = lockDir(options.dir);
  opened.defer(unlock);
  await untilLeftoversEnd(options.dir, options.say);
  const count = options.instances ?? 1;
  const instances = instancesOf(count);
  const place = await openPlace({
    instances: count,
    dir: options.dir,
    partitions: options.partitions,
    clock: options.clock,
    adminKey: options.adminKey,
  });
  const addressOf = (name: string): Address => ({
    host: "127.0.0.1",
    port: place.servicePorts[name] ?? 0,
  });
  const known: { engines?: Engines } = {};
  const targets = { instances, addressOf, engines: () => known.engines };
  const upstreams = watchUpstreams(instances, addressOf);
  opened.defer(() => upstreams.close());
  const gateway = await openGateway({
    port: options.port,
    addressesOf: (service) => upstreams.addressesOf(service),
    own: {
      "/livez": async () => ({ status: 200, body: { alive: true } }),
      "/readyz": () => readinessAnswer(targets),
      "/v1/progress": () => progressAnswer(targets),
      "/openapi.json": () => openApiAnswer((service) => upstreams.addressesOf(service)),
    },
  });
  opened.defer(() => gateway.close());

  const supervised = new Map<string, Supervised>();
  let run: Stack["run"] | undefined;
  const watch = {
    say: options.say,
    changed: () => {
      if (run) writeRunFile(place.dir, run, pidsOf(supervised));
    },
  };
  const keep = async (unit: Unit): Promise<Supervised> => {
    const one = await supervise(unit, watch);
    supervised.set(unit.name, one);
    return one;
  };
  opened.defer(() => stopAll(supervised, ["kafka", "clickhouse"]));
  const engines = await startEngines(place, options, keep, (close) => opened.defer(close));
  known.engines = engines;

  run = runFacts(place, engines, gateway, false);
  const names = instances.map(({ name }) => name);
  opened.defer(() => {
    run = undefined;
    removeRunFile(place.dir);
  });
  opened.defer(() => stopAll(supervised, names));
  const serviceOptions = {
    place,
    engines,
    servicesDir: options.servicesDir ?? path.join(projectDir, "services"),
    failPoints: options.failPoints ?? {},
    instances: count,
  };
  for (const instance of instances) {
    beginLog(path.join(place.logs, `${instance.name}.log`));
    await keep(serviceUnit(instance, serviceOptions));
  }
  await untilReady(() => readiness(targets), { ...options, place, supervised });
  await upstreams.look();
  run = runFacts(place, engines, gateway, true);
  watch.changed();
  const logCheck = setInterval(() => boundLogs(place, names), logCheckMs).unref();

  const closing = opened.move();
  closing.defer(() => clearInterval(logCheck));
  return {
    url: gateway.url,
    place,
    run,
    stop: () => closing.disposeAsync(),
    kill() {
      for (const pid of Object.values(pidsOf(supervised))) if (pid) process.kill(pid, "SIGKILL");
      removeRunFile(place.dir);
      unlock();
    },
  };
}

async function startEngines(
  place: Place,
  options: StackOptions,
  keep: (unit: Unit) => Promise<Supervised>,
  atEnd: (close: () => void) => void,
): Promise<Engines> {
  const { env, say } = options;
  let analystUrl: string | null = null;
  let clickHouseUrl = env["CLICKHOUSE_URL"] ?? "";
  const database = env["CLICKHOUSE_DATABASE"] ?? "tallybook";
  const kafka = async (): Promise<void> => {
    if (env["KAFKA_BROKERS"]) return say(`kafka: the one at ${env["KAFKA_BROKERS"]}`);
    const begun = performance.now();
    await keep(
      engineUnit("kafka", place, (logFile) =>
        startKafka({
          dir: path.join(place.dir, "kafka"),
          port: place.ports.kafka,
          controllerPort: place.ports.kafka_controller,
          logFile,
        }),
      ),
    );
    say(`kafka is ready (${secondsSince(begun)})`);
  };
  const clickHouse = async (): Promise<void> => {
    if (clickHouseUrl !== "") return say(`clickhouse: the one at ${new URL(clickHouseUrl).host}`);
    const begun = performance.now();
    let users: Passwords | undefined;
    const unit = await keep(
      engineUnit("clickhouse", place, async (logFile) => {
        const server = await startClickHouse({
          dir: path.join(place.dir, "clickhouse"),
          tenants: [firstTenant],
          databases: [{ database, analytics: env["ANALYTICS_DATABASE"] }],
          httpPort: place.ports.clickhouse_http,
          tcpPort: place.ports.clickhouse_tcp,
          logFile,
        });
        users = server.users;
        clickHouseUrl = server.url;
        analystUrl = server.analystUrl;
        return server;
      }),
    );
    say(`clickhouse is ready (${secondsSince(begun)})`);
    // Its users are read at its start: whoever adds one writes the file.
    const file = path.join(place.dir, "clickhouse", passwordsFile);
    atEnd(keepUsers({ file, known: () => users, server: unit }));
  };
  // Both are waited for even when one fails, so that the other is stopped too.
  const started = await Promise.allSettled([kafka(), clickHouse()]);
  for (const one of started) if (one.status === "rejected") throw unstarted(one.reason);
  return {
    brokers: env["KAFKA_BROKERS"] ?? `127.0.0.1:${place.ports.kafka}`,
    topicPrefix: env["TOPIC_PREFIX"] ?? "",
    clickHouseUrl,
    analystUrl,
    database,
    analytics: env["ANALYTICS_DATABASE"],
  };
}

/** Why an engine did not come up is for the user to read: a missing Java, a full disk. */
function unstarted(reason: unknown): Failure {
  return new Failure(reason instanceof Error ? reason.message : String(reason));
}

function engineUnit(
  name: string,
  place: Place,
  start: (logFile: string) => ReturnType<Unit["start"]>,
): Unit {
  const logFile = path.join(place.logs, `${name}.log`);
  return {
    name,
    start(attempt) {
      if (attempt === 0) beginLog(logFile);
      return start(logFile);
    },
    lastWords: () => lastLine(logFile),
  };
}

function runFacts(place: Place, engines: Engines, gateway: Gateway, ready: boolean): Stack["run"] {
  return {
    url: gateway.url,
    ready,
    admin_key_file: place.adminKeyFile,
    signing_key_file: place.signingKeyFile,
    kafka: { brokers: engines.brokers, topic_prefix: engines.topicPrefix },
    clickhouse: {
      url: engines.clickHouseUrl,
      analyst_url: engines.analystUrl,
      database: engines.database,
      analytics: engines.analytics,
      native_port: engines.analystUrl === null ? undefined : place.ports.clickhouse_tcp,
    },
    services: Object.fromEntries(
      Object.entries(place.servicePorts).map(([name, port]) => [name, `http://127.0.0.1:${port}`]),
    ),
  };
}

/** Says each part once when it is ready. Throws when one cannot be: it dies again and again, or the time is up. */
async function untilReady(
  look: () => Promise<Readiness>,
  options: Pick<StackOptions, "say" | "signal"> & {
    place: Place;
    supervised: ReadonlyMap<string, Supervised>;
  },
): Promise<void> {
  const begun = performance.now();
  const said = new Set<string>();
  for (;;) {
    options.signal?.throwIfAborted();
    const now = await look();
    const parts = Object.entries(now.services);
    const come = parts.filter(([, part]) => part.ready || part.standby);
    for (const [name, part] of come.filter(([name]) => !said.has(name))) {
      said.add(name);
      options.say(`${name} ${part.ready ? "is ready" : "stands by"} (${secondsSince(begun)})`);
    }
    if (now.ready) return;
    const waiting = [...parts, ...Object.entries(now.engines)].filter(
      ([, part]) => !part.ready && !part.standby,
    );
    const dying = waiting.find(
      ([name]) => (options.supervised.get(name)?.restarts() ?? 0) >= deathsMax,
    );
    if (dying || performance.now() - begun > readyMsMax) {
      const [name, part] = dying ?? waiting[0] ?? ["?", undefined];
      const log = path.join(options.place.logs, `${name}.log`);
      const said = dying ? lastLine(log) : JSON.stringify(part?.detail);
      throw new Failure(`${name} does not get ready: ${said}\nIts log: ${log}`);
    }
    await sleep(pollMs);
  }
}

async function stopAll(
  supervised: ReadonlyMap<string, Supervised>,
  names: readonly string[],
): Promise<void> {
  await Promise.all(
    [...supervised.values()].filter(({ name }) => names.includes(name)).map((one) => one.stop()),
  );
}

function pidsOf(supervised: ReadonlyMap<string, Supervised>): Record<string, number | undefined> {
  return Object.fromEntries([...supervised].map(([name, one]) => [name, one.pid()]));
}

function boundLogs(place: Place, services: readonly string[]): void {
  for (const name of [...services, "kafka", "clickhouse"]) {
    boundLog(path.join(place.logs, `${name}.log`));
  }
}

function secondsSince(begun: number): string {
  return `${((performance.now() - begun) / 1000).toFixed(1)} s`;
}
