// Makes a fresh clone ready to run: npm packages, and Kafka's jars. Plain JavaScript without dependencies, because it
// runs before there are any, on the Node that happens to be installed. A second run finds nothing to do and is quick.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import {
  chooseEngines,
  hasJars,
  isProgram,
  jars,
  jarsMark,
  pomHash,
  systemPathOf,
} from "./local/src/choose-engines.mjs";

const root = path.join(import.meta.dirname, "..");
const local = path.join(root, "infra", "local");
const packagesMark = path.join(root, "node_modules", ".tallybook-setup");
const failedLinesMax = 30;

await setUp();

async function setUp() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    stop(`Node ${process.versions.node} is too old: please install Node 20.19 or later.`);
  }
  const lock = hashOf(path.join(root, "package-lock.json"));
  const installs = contentOf(packagesMark) !== lock;
  if (installs && !isProgram("npm", process.env)) {
    stop("npm is missing: please install it; it usually comes with Node.");
  }
  const engines = chooseEngines(process.env);
  if (engines.kind === "none") stop(engines.why);

  if (installs) await install(lock);
  // In containers, and at somebody else's, Kafka brings its own.
  if (engines.kind === "local" && !hasJars()) await fetchJars(pomHash());
}

async function install(lock) {
  if (!isInstalled()) {
    await step("Installing npm packages", "npm", ["ci", "--no-audit", "--no-fund"]);
  }
  writeFileSync(packagesMark, lock);
}

/** Whether what npm last put there is what the lockfile asks for, so that an install by hand is not done again. */
function isInstalled() {
  const put = contentOf(path.join(root, "node_modules", ".package-lock.json"));
  if (put === null) return false;
  const there = JSON.parse(put).packages;
  const asked = JSON.parse(contentOf(path.join(root, "package-lock.json")) ?? "{}").packages;
  return Object.entries(asked).every(([name, { version, optional, peer, link }]) => {
    if (!name.startsWith("node_modules/") || optional || peer) return true;
    return link ? there[name]?.link : there[name]?.version === version;
  });
}

/** Into a directory of another name first: what carries the name is complete. */
async function fetchJars(pom) {
  for (const name of readdirSync(local)) {
    if (name.startsWith("lib.part-")) rmSync(path.join(local, name), { recursive: true });
  }
  const part = mkdtempSync(path.join(local, "lib.part-"));
  await step("Fetching Kafka", "mvn", [
    "--quiet",
    "--batch-mode",
    `--file=${path.join(local, "pom.xml")}`,
    "dependency:copy-dependencies",
    "-DincludeScope=runtime",
    `-DoutputDirectory=${part}`,
  ]);
  writeFileSync(path.join(part, path.basename(jarsMark)), pom);
  rmSync(jars, { recursive: true, force: true });
  renameSync(part, jars);
}

/** Runs a command and shows how long it takes; its output only when it fails. */
async function step(what, command, args) {
  const begun = Date.now();
  const seconds = () => `${Math.round((Date.now() - begun) / 1000)} s`;
  const live = process.stderr.isTTY;
  const show = () =>
    process.stderr.write(live ? `\r${what} … ${seconds()}` : `${what} … ${seconds()}\n`);
  show();
  const timer = setInterval(show, live ? 1_000 : 15_000);
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, PATH: systemPathOf(process.env) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output = (output + chunk).slice(-64_000);
    });
  }
  const code = await new Promise((resolve) => {
    child.once("error", (error) => {
      output += error.message;
      resolve(127);
    });
    child.once("close", resolve);
  });
  clearInterval(timer);
  process.stderr.write(
    `${live ? "\r" : ""}${what}: ${code === 0 ? "done" : "failed"} after ${seconds()}\n`,
  );
  if (code !== 0) {
    process.stderr.write(`${output.trimEnd().split("\n").slice(-failedLinesMax).join("\n")}\n`);
    stop(
      `${what} failed (\`${command}\`, exit ${code}): please see its last words above and try again.`,
    );
  }
}

function contentOf(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}

function hashOf(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

function stop(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
