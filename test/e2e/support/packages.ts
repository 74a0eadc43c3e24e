import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { interpreterWith } from "./python.ts";

const root = path.join(import.meta.dirname, "../../..");
const folders = path.join(root, "test", "doors");

/** Runs a folder's `client.mjs` with the packages of its lockfile, and answers what it printed as JSON; null for nothing. */
export async function clientOf(folder: string, args: readonly string[]): Promise<unknown> {
  const dir = await installed(folder);
  return printed(process.execPath, [path.join(dir, "client.mjs"), ...args]);
}

/** The same for its `client.py` and requirements. */
export async function pythonClientOf(folder: string, args: readonly string[]): Promise<unknown> {
  const dir = path.join(folders, folder);
  const program = await interpreterWith(path.join(dir, "requirements.txt"));
  return printed(program, [path.join(dir, "client.py"), ...args]);
}

/** A copy of a folder beside the project, with its packages; made once for each version of it. */
async function installed(folder: string): Promise<string> {
  const from = path.join(folders, folder);
  const hash = createHash("sha256");
  for (const file of ["package-lock.json", "client.mjs"])
    hash.update(readFileSync(path.join(from, file)));
  const dir = path.join(root, ".tallybook", "clients", folder, hash.digest("hex").slice(0, 12));
  const whole = path.join(dir, "whole");
  if (existsSync(whole)) return dir;
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(path.dirname(dir), { recursive: true });
  cpSync(from, dir, { recursive: true });
  await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], dir);
  writeFileSync(whole, "");
  return dir;
}

async function printed(program: string, args: readonly string[]): Promise<unknown> {
  const out = await run(program, args, root);
  return out === "" ? null : JSON.parse(out);
}

function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`${program} ${args.join(" ")} ended with ${code}:\n${err}${out}`));
    });
  });
}
