import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dirname, "../../..");
const scripts = path.join(import.meta.dirname, "../foreign");

/** Runs one of our scripts in Python with what it needs, and answers what it printed. Throws with what it said of a failure. */
export async function python(
  script: string,
  args: readonly string[],
  input: string = "",
): Promise<string> {
  const program = await interpreterWith(path.join(scripts, "requirements.txt"));
  return run(program, [path.join(scripts, script), ...args], input);
}

/** The same for a folder of scripts with requirements of its own, and an environment. */
export async function pythonOf(
  folder: string,
  script: string,
  args: readonly string[],
  options: { readonly input?: string; readonly env?: NodeJS.ProcessEnv },
): Promise<string> {
  const dir = path.join(scripts, folder);
  const program = await interpreterWith(path.join(dir, "requirements.txt"));
  return run(program, [path.join(dir, script), ...args], options.input, options.env);
}

/** A Python of our own beside the project, with the packages of a file of requirements; made once for each of its versions. */
export async function interpreterWith(requirements: string): Promise<string> {
  const version = createHash("sha256").update(readFileSync(requirements)).digest("hex");
  const dir = path.join(root, ".tallybook", "python", version.slice(0, 12));
  const program = path.join(dir, "bin", "python");
  const whole = path.join(dir, "whole");
  if (existsSync(whole)) return program;
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(path.dirname(dir), { recursive: true });
  await run("python3", ["-m", "venv", dir]);
  await run(program, ["-m", "pip", "install", "--quiet", "--no-deps", "-r", requirements]);
  writeFileSync(whole, "");
  return program;
}

function run(
  program: string,
  args: readonly string[],
  input: string = "",
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], env });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk));
    child.once("error", (error) => {
      reject(
        new Error(`${program} cannot be run: this test needs Python 3.10 or later`, {
          cause: error,
        }),
      );
    });
    child.once("close", (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`${program} ${args.join(" ")} ended with ${code}:\n${err}`));
    });
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}
