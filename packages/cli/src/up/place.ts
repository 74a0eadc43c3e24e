import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { claimPort, freePorts } from "@tallybook/local";
import { Failure } from "../failure.ts";
import { writeAtomically } from "./atomically.ts";
import { instancesOf } from "./services.ts";

/** Where everybody listens, on loopback; kept, so that bookmarks and clients survive a restart. */
export type Ports = {
  readonly kafka: number;
  readonly kafka_controller: number;
  readonly clickhouse_http: number;
  readonly clickhouse_tcp: number;
};

/** What a deployment keeps in its data directory beside the engines' data. */
export type Place = {
  readonly dir: string;
  readonly logs: string;
  readonly ports: Ports;
  /** By the names of the services' instances. */
  readonly servicePorts: Readonly<Record<string, number>>;
  readonly partitions: number;
  /** Simulated time began here; null: the wall clock. */
  readonly clock: string | null;
  readonly signingKeyFile: string;
  /** Of which webhooks' secrets are made. */
  readonly webhookKeyFile: string;
  readonly adminKeyFile: string;
  readonly adminKey: string;
  /** The key was made just now, and nobody has seen it. */
  readonly isKeyNew: boolean;
};

export type Wishes = {
  readonly dir: string;
  readonly partitions: number | undefined;
  readonly instances: number;
  readonly clock: string | undefined;
  readonly adminKey: string | undefined;
};

type State = Pick<Place, "partitions" | "clock"> & {
  /** Of engines and services, also of instances that do not run this time. */
  readonly ports: Readonly<Record<string, number>>;
};

const portNames = [
  "kafka",
  "kafka_controller",
  "clickhouse_http",
  "clickhouse_tcp",
] as const satisfies readonly (keyof Ports)[];

/** Makes the data directory, or takes up what is there. Throws where a wish contradicts it. */
export async function openPlace(wishes: Wishes): Promise<Place> {
  const dir = path.resolve(wishes.dir);
  const logs = path.join(dir, "logs");
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const stateFile = path.join(dir, "deployment.json");
  const kept = existsSync(stateFile)
    ? (JSON.parse(readFileSync(stateFile, "utf8")) as State)
    : undefined;
  if (kept && wishes.partitions !== undefined && wishes.partitions !== kept.partitions) {
    throw new Failure(
      `${dir} was made with ${kept.partitions} partitions, and their count never changes: leave --partitions out, or name another directory with --data.`,
    );
  }
  if (kept && kept.clock === null && wishes.clock !== undefined) {
    throw new Failure(
      `${dir} runs on the wall clock, and simulated time cannot be put over it: leave --clock out, or name another directory with --data.`,
    );
  }
  const names = instancesOf(wishes.instances).map(({ name }) => name);
  const ports = await usablePorts([...portNames, ...names], kept?.ports);
  const state: State = {
    ports: { ...kept?.ports, ...ports },
    partitions: kept?.partitions ?? wishes.partitions ?? 4,
    clock: kept ? kept.clock : (wishes.clock ?? null),
  };
  writeAtomically(stateFile, `${JSON.stringify(state, null, 2)}\n`);
  const key = adminKey(path.join(dir, "admin.key"), wishes.adminKey);
  const { partitions, clock } = state;
  const signingKeyFile = signingKey(path.join(dir, "signing.pem"));
  return {
    dir,
    logs,
    ports: pick(ports, portNames),
    servicePorts: pick(ports, names),
    partitions,
    clock,
    signingKeyFile,
    webhookKeyFile: webhookKey(path.join(dir, "webhook.key")),
    ...key,
  };
}

/** The kept ports, with others in place of those that somebody has taken meanwhile. */
async function usablePorts<Name extends string>(
  names: readonly Name[],
  kept: State["ports"] | undefined,
): Promise<Record<Name, number>> {
  const ports: Partial<Record<Name, number>> = {};
  for (const name of names) {
    const port = kept?.[name];
    if (port !== undefined && (await claimPort(port))) ports[name] = port;
  }
  const others = names.filter((name) => ports[name] === undefined);
  const fresh = await freePorts(others.length);
  return { ...ports, ...Object.fromEntries(others.map((name, i) => [name, fresh[i]])) } as Record<
    Name,
    number
  >;
}

function pick<Name extends string>(
  ports: Readonly<Record<string, number>>,
  names: readonly Name[],
): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, ports[name]])) as Record<Name, number>;
}

/** Makes the deployment's key pair where there is none; returns the file. */
export function signingKey(file: string): string {
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync("ed25519");
    writeAtomically(file, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  }
  return file;
}

/** Makes the key of which webhooks' secrets are made, where there is none; returns the file. */
export function webhookKey(file: string): string {
  if (!existsSync(file)) writeAtomically(file, `${randomBytes(32).toString("base64url")}\n`);
  return file;
}

/** Makes the first admin's key where there is none, or writes the one that is wished for. */
export function adminKey(
  file: string,
  wished: string | undefined,
): Pick<Place, "adminKeyFile" | "adminKey" | "isKeyNew"> {
  if (wished !== undefined) writeFileSync(file, `${wished}\n`, { mode: 0o600 });
  const isKeyNew = !existsSync(file);
  if (isKeyNew) {
    writeAtomically(file, `tally_${randomBytes(24).toString("base64url")}\n`);
  }
  return { adminKeyFile: file, adminKey: readFileSync(file, "utf8").trim(), isKeyNew };
}
