import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { giveWay } from "@tallybook/local";
import { leftSpools } from "./left-spools.ts";
import { lastLine } from "./log-file.ts";
import type { Place } from "./place.ts";
import type { Running, Unit } from "./supervisor.ts";

export const serviceNames = [
  "catalog",
  "ingest",
  "deduper",
  "aggregator",
  "rater",
  "invoicer",
] as const;
export type ServiceName = (typeof serviceNames)[number];

/** With a single writer: one instance is active, the others stand by. */
export const hasOneActive: ReadonlySet<ServiceName> = new Set(["catalog", "rater", "invoicer"]);

/** Where an instance listens. */
export type Address = { readonly host: string; readonly port: number };

/** One process of a service. */
export type ServiceInstance = {
  /** `deduper` where there is one of each, else `deduper-0`, `deduper-1`. */
  readonly name: string;
  readonly service: ServiceName;
  readonly ordinal: number;
};

/** As many of each service, in the order in which they are started. */
export function instancesOf(count: number): ServiceInstance[] {
  return serviceNames.flatMap((service) =>
    Array.from({ length: count }, (_, ordinal) => ({
      name: count === 1 ? service : `${service}-${ordinal}`,
      service,
      ordinal,
    })),
  );
}

/** Addresses of the engines, whoever runs them. */
export type Engines = {
  readonly brokers: string;
  readonly topicPrefix: string;
  readonly clickHouseUrl: string;
  /** Null where ClickHouse is not ours. */
  readonly analystUrl: string | null;
  readonly database: string;
  /** Of the public views, where it is not the usual one. */
  readonly analytics?: string | undefined;
};

export type ServiceOptions = {
  readonly place: Place;
  readonly engines: Engines;
  /** Where `<name>/src/main.ts` lies. */
  readonly servicesDir: string;
  /** Fail points, by service or instance, each for its first start. */
  readonly failPoints: Readonly<Record<string, string>>;
  /** How many there are of each service. */
  readonly instances: number;
};

const stopMsMax = 10_000;
const compileCache = path.join(import.meta.dirname, "../../../../node_modules/.cache/tallybook");
const leash = path.join(import.meta.dirname, "leash.ts");

/** What works off what was accepted, and can be late: on a machine that is full, whoever sends is answered first. */
const behindTheDoor: ReadonlySet<ServiceName> = new Set(["deduper", "aggregator"]);
const niceness = 5;

/** A service as a process of its own, started by node itself so that signals reach it. */
export function serviceUnit(instance: ServiceInstance, options: ServiceOptions): Unit {
  const { name, service } = instance;
  const logFile = path.join(options.place.logs, `${name}.log`);
  const main = path.join(options.servicesDir, service, "src", "main.ts");
  return {
    name,
    async start(attempt) {
      const env = serviceEnv(instance, options);
      const failPoint = options.failPoints[name] ?? options.failPoints[service];
      if (attempt === 0 && failPoint !== undefined) env["FAILPOINT"] = failPoint;
      const armed = takeArmed(name);
      if (armed !== undefined) env["FAILPOINT"] = armed;
      const running = await startNode(["--import", leash, main], env, logFile);
      if (behindTheDoor.has(service)) giveWay(running.pid, niceness);
      return running;
    },
    lastWords: () => lastLine(logFile),
  };
}

/**
 * The fail point for this start alone: a test that names a folder by FAILPOINT_DIR leaves it there in a file of the
 * instance's name, which is taken away here.
 */
function takeArmed(name: string): string | undefined {
  const dir = process.env["FAILPOINT_DIR"];
  if (!dir) return undefined;
  const file = path.join(dir, name);
  try {
    const specification = readFileSync(file, "utf8").trim();
    rmSync(file);
    return specification;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function serviceEnv(instance: ServiceInstance, options: ServiceOptions): NodeJS.ProcessEnv {
  const { place, engines, instances } = options;
  const { name, service, ordinal } = instance;
  // The first keeps its place whatever their number, so that it finds its identities again.
  const dataDir = path.join(place.dir, ordinal === 0 ? service : `${service}-${ordinal}`);
  if (service === "deduper") mkdirSync(dataDir, { recursive: true });
  const { FAILPOINT: _, FAILPOINT_DIR: __, ...inherited } = process.env;
  return {
    // Half of a start is reading and stripping TypeScript: Node keeps the outcome there.
    NODE_COMPILE_CACHE: compileCache,
    ...inherited,
    KAFKA_BROKERS: engines.brokers,
    TOPIC_PREFIX: engines.topicPrefix,
    CLICKHOUSE_URL: engines.clickHouseUrl,
    CLICKHOUSE_DATABASE: engines.database,
    // Nobody else reaches them: the one address does, from here.
    LISTEN_HOST: "127.0.0.1",
    PORT: String(place.servicePorts[name]),
    INSTANCES: String(instances),
    ORDINAL: String(ordinal),
    PARTITIONS: String(place.partitions),
    SIGNING_KEY_FILE: place.signingKeyFile,
    DATA_DIR: dataDir,
    ADMIN_KEY_SHA256: createHash("sha256").update(place.adminKey).digest("hex"),
    INGEST_URLS: urlsOf("ingest", options).join(","),
    AGGREGATOR_URLS: urlsOf("aggregator", options).join(","),
    CATALOG_URLS: urlsOf("catalog", options).join(","),
    ...(service === "invoicer" ? { WEBHOOK_KEY_FILE: place.webhookKeyFile } : {}),
    ...(service === "ingest" ? { SPOOLS_INHERITED: inheritedBy(instance, options) } : {}),
    ...(place.clock === null ? {} : { CLOCK: place.clock }),
  };
}

/** The first ingest takes over what others have left; two would be in each other's way. */
function inheritedBy({ ordinal }: ServiceInstance, { place, instances }: ServiceOptions): string {
  if (ordinal > 0) return "";
  const named = process.env["SPOOLS_INHERITED"] ?? "";
  const left = leftSpools({ dir: place.dir, spoolDir: process.env["SPOOL_DIR"], instances });
  return [named, ...left].filter((folder) => folder !== "").join(",");
}

/** In the order of their ordinals. */
function urlsOf(name: ServiceName, { place, instances }: ServiceOptions): string[] {
  return instancesOf(instances)
    .filter(({ service }) => service === name)
    .map(({ name }) => `http://127.0.0.1:${place.servicePorts[name]}`);
}

async function startNode(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  logFile: string,
): Promise<Running> {
  const log = openSync(logFile, "a", 0o600);
  // A group of its own: Ctrl-C in a terminal shall reach `tally up` alone, which stops everybody in order.
  const child = spawn(process.execPath, args, { env, stdio: ["pipe", log, log], detached: true });
  closeSync(log);
  child.stdin?.on("error", () => {});
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once("error", () => resolve({ code: 127, signal: null }));
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  return { pid: child.pid ?? 0, exited, stop: () => stopGently(child, exited) };
}

async function stopGently(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  const force = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
  child.kill("SIGTERM");
  await exited;
  clearTimeout(force);
}
