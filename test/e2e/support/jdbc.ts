import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";

const run = promisify(execFile);
const here = path.join(import.meta.dirname, "../foreign/jdbc");
const root = path.join(import.meta.dirname, "../../..");

/** Runs the program in Java with ClickHouse's JDBC driver, and answers what it printed. Throws with what it said of a failure. */
export async function jdbc(
  args: readonly string[],
  input: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const classes = path.join(await jars(), "*");
  const child = spawn("java", ["-cp", classes, path.join(here, "Analyst.java"), ...args], { env });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`Java ended with ${code}:\n${err}`);
  return out;
}

/** The driver and what it needs, beside the project; fetched once for each version. */
async function jars(): Promise<string> {
  const pom = path.join(here, "pom.xml");
  const version = createHash("sha256").update(readFileSync(pom)).digest("hex").slice(0, 12);
  const dir = path.join(root, ".tallybook", "jdbc", version);
  const whole = path.join(dir, "whole");
  if (existsSync(whole)) return dir;
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const goal = "dependency:copy-dependencies";
  await run("mvn", ["--quiet", "--batch-mode", `--file=${pom}`, goal, `-DoutputDirectory=${dir}`]);
  writeFileSync(whole, "");
  return dir;
}
