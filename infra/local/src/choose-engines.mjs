// Plain JavaScript without dependencies: the set-up asks before anything is installed, on whatever Node there is.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import path from "node:path";

const local = path.join(import.meta.dirname, "..");
const root = path.join(local, "..", "..");
const dockerMsMax = 15_000;

export const jars = path.join(local, "lib");
export const jarsMark = path.join(jars, ".tallybook-setup");

export function chooseEngines(env) {
  const { TALLY_ENGINES: wished = "" } = env;
  if (!["", "local", "containers"].includes(wished)) {
    return {
      kind: "none",
      why: `TALLY_ENGINES is ${JSON.stringify(wished)}: set it to local or to containers.`,
    };
  }
  // One that somebody else runs needs nothing here; the other is an npm package.
  if (env.KAFKA_BROKERS) return { kind: "given", why: null };
  const lack = wished === "containers" ? null : lackOfLocal(env);
  if (wished !== "containers" && lack === null) return { kind: "local", why: null };
  if (wished === "local") return { kind: "none", why: lack };
  if (dockerAnswers(env)) return { kind: "containers", why: lack };
  return {
    kind: "none",
    why:
      lack === null
        ? "Docker does not answer: please start it, with its Compose plugin, or leave TALLY_ENGINES out."
        : `${lack} Or start Docker with its Compose plugin: Kafka and ClickHouse run there then.`,
  };
}

export function hasJars() {
  return existsSync(jarsMark) && readFileSync(jarsMark, "utf8") === pomHash();
}

export function pomHash() {
  return createHash("sha256")
    .update(readFileSync(path.join(local, "pom.xml")))
    .digest("hex");
}

/** Where programs of the machine are looked for; without our own binaries: npm would replace the Node that runs it. */
export function systemPathOf(env) {
  return (env.PATH ?? "")
    .split(path.delimiter)
    .filter((dir) => dir !== "" && !dir.startsWith(path.join(root, "node_modules")))
    .join(path.delimiter);
}

export function isProgram(name, env) {
  return systemPathOf(env)
    .split(path.delimiter)
    .some((dir) => isExecutable(path.join(dir, name)));
}

/** Why the engines cannot run without Docker; null where they can. */
function lackOfLocal(env) {
  if (!isProgram("java", env)) {
    return "Java is missing: please install Java 17 or later, which runs Kafka.";
  }
  const { stderr } = spawnSync("java", ["-version"], { env, encoding: "utf8" });
  const version = /version "(\d+)/.exec(stderr ?? "")?.[1];
  if (!(Number(version) >= 17)) {
    return `Java ${version ?? "of an unknown version"} is too old: please install Java 17 or later, which runs Kafka.`;
  }
  if (!hasJars() && !isProgram("mvn", env)) {
    return "Maven is missing: please install it (`mvn`), it fetches Kafka's jars.";
  }
  if (env.CLICKHOUSE_URL || hasClickHouseLibrary()) return null;
  return `There is no ClickHouse engine for ${process.platform} on ${process.arch} among npm's packages: name a server by CLICKHOUSE_URL.`;
}

/** For Linux it is built on glibc. */
function hasClickHouseLibrary() {
  const isKnown = ["x64", "arm64"].includes(process.arch);
  if (process.platform === "darwin") return isKnown;
  return (
    process.platform === "linux" &&
    isKnown &&
    process.report.getReport().header.glibcVersionRuntime !== undefined
  );
}

function dockerAnswers(env) {
  if (!isProgram("docker", env)) return false;
  const options = { env, timeout: dockerMsMax, stdio: "ignore" };
  return [["info"], ["compose", "version"]].every(
    (args) => spawnSync("docker", args, options).status === 0,
  );
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
