import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Databases, Person } from "@tallybook/columns/access";
import { type Passwords, serverConfig, startQueries, usersConfig } from "./clickhouse-config.ts";
import { openPipe } from "./pipe.ts";
import { giveWayAsSession } from "./give-way.ts";
import { type Engine, type NotReady, spawnEngine, untilReady } from "./engine.ts";

export type ClickHouseOptions = {
  /** Data, configuration and generated passwords; may be served again, on other ports too. */
  readonly dir: string;
  readonly httpPort: number;
  readonly tcpPort: number;
  /** Generated once and kept in `dir`, readable by its owner only, when absent. */
  readonly users?: Passwords;
  /** The databases of deployments, whose views can be read; `tallybook` unless given. */
  readonly databases?: readonly Databases[];
  /** Tenants that shall have a user, besides those that have one. */
  readonly tenants?: readonly string[];
  /** Appended to. */
  readonly logFile: string;
};

/** Whoever sends is answered first, by ingest and Kafka. */
const niceness = 10;

export type ClickHouse = Engine & {
  /** The HTTP address of the services, user and password in it. */
  readonly url: string;
  /** The HTTP address of an analyst, user and password in it. */
  readonly analystUrl: string;
  readonly users: Passwords;
};

/** In the directory of the data; readable by its owner only. */
export const passwordsFile = "passwords.json";

const readyMsMax = 60_000;
/** Milliseconds within which it says that it is there, and within which any other statement is done. */
const hereMsMax = 2_000;
const answerMsMax = 60_000;

/**
 * Starts the ClickHouse engine as a server, on loopback, and resolves when it answers.
 *
 * Throws when it does not come up within a minute.
 */
export async function startClickHouse(options: ClickHouseOptions): Promise<ClickHouse> {
  const dir = path.resolve(options.dir);
  // What is in there is everybody's usage, and the services' password.
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  mkdirSync(path.dirname(path.resolve(options.logFile)), { recursive: true });
  const users =
    options.users ?? keptPasswords(path.join(dir, passwordsFile), options.tenants ?? []);
  const configFile = path.join(dir, "config.xml");
  const usersFile = path.join(dir, "users.xml");
  const { httpPort, tcpPort } = options;
  writeFileSync(configFile, serverConfig({ httpPort, tcpPort, usersFile }));
  writeFileSync(usersFile, usersConfig(users, options.databases ?? [{ database: "tallybook" }]), {
    mode: 0o600,
  });

  const input = openPipe(path.join(dir, "input"));
  const nowhere = path.join(dir, "nowhere");
  mkdirSync(nowhere, { recursive: true });
  const server = spawnEngine(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      path.join(import.meta.dirname, "clickhouse-child.ts"),
      `--path=${path.join(dir, "data")}`,
      `--config-file=${configFile}`,
      `--query=${startQueries.join("; ")}`,
    ],
    { logFile: options.logFile, stdin: input.read, cwd: nowhere, endGently: () => input.end() },
  );
  // What analysts ask is nicer still, among what it does: `os_threads_nice_value_query` of their profiles.
  giveWayAsSession(server.pid, niceness);
  const url = (user: "tallybook" | "analyst"): string =>
    `http://${user}:${encodeURIComponent(users[user])}@127.0.0.1:${httpPort}`;
  await untilReady("ClickHouse", server, {
    probe: () => probeClickHouse(url("tallybook")),
    logFile: options.logFile,
    withinMs: readyMsMax,
  });
  // As `clickhouse local` the engine lets everybody read every file of ours by the function `file`, from which no grant, setting
  // or path of its configuration keeps anybody. That function looks up the working directory first, and fails where there is none.
  rmdirSync(nowhere);
  return { ...server, url: url("tallybook"), analystUrl: url("analyst"), users };
}

/** Asks for one row as the user named in `url`. */
export async function probeClickHouse(url: string): Promise<NotReady> {
  try {
    const answer = await askClickHouse(url, "SELECT 1", hereMsMax);
    return answer.status === 200 ? null : answer.text;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Sends one statement over HTTP; user and password are those in `url`. Throws a `TimeoutError` where its answer takes longer. */
export async function askClickHouse(
  url: string,
  statement: string,
  withinMs = answerMsMax,
): Promise<{ readonly status: number; readonly text: string }> {
  const { origin, username, password } = new URL(url);
  const response = await fetch(origin, {
    method: "POST",
    body: statement,
    headers: {
      connection: "close",
      "x-clickhouse-user": decodeURIComponent(username),
      "x-clickhouse-key": decodeURIComponent(password),
    },
    signal: AbortSignal.timeout(withinMs),
  });
  return { status: response.status, text: (await response.text()).trim() };
}

/** Adds a password for each tenant that has none, and returns all that are kept. */
export function keptPasswords(file: string, tenants: readonly string[]): Passwords {
  const kept: Partial<Passwords> = existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as Partial<Passwords>)
    : {};
  const fresh = (name: "tallybook" | Person): string => kept[name] ?? newPassword();
  const passwords: Passwords = {
    tallybook: fresh("tallybook"),
    analyst: fresh("analyst"),
    auditor: fresh("auditor"),
    finance: fresh("finance"),
    tenants: {
      ...kept.tenants,
      ...Object.fromEntries(
        tenants.map((tenant) => [tenant, kept.tenants?.[tenant] ?? newPassword()]),
      ),
    },
  };
  const text = `${JSON.stringify(passwords)}\n`;
  if (JSON.stringify(kept) === JSON.stringify(passwords)) return passwords;
  // Another process may read it meanwhile.
  const beside = `${file}.${process.pid}`;
  writeFileSync(beside, text, { mode: 0o600 });
  renameSync(beside, file);
  return passwords;
}

function newPassword(): string {
  return randomBytes(18).toString("base64url");
}
