import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = path.join(import.meta.dirname, "../../..");

/** Programs of Debian packages: those of this machine, else unpacked beside the project, once; nothing is installed. */
export interface DebianPrograms {
  /** Runs a program and resolves with its exit code and what it said. */
  run(program: string, args: readonly string[]): Promise<Outcome>;
}

/** How a program ended, and what it said on both of its outputs. */
export interface Outcome {
  readonly code: number;
  readonly said: string;
}

/**
 * Downloads and unpacks what is missing of the packages, and of all that they need; that takes Debian, or what has its packages. Where
 * all programs are on the PATH, whatever the machine is, they are taken as they are.
 */
export async function debianPrograms(
  packages: readonly string[],
  programs: readonly string[],
): Promise<DebianPrograms> {
  if (programs.every(isOnPath)) return { run: exitOf };
  const dir = path.join(root, ".tallybook", "debian", packages.join("+"));
  const whole = path.join(dir, "whole");
  if (!existsSync(whole)) {
    rmSync(dir, { recursive: true, force: true });
    await download(packages, path.join(dir, "archives"));
    for (const file of readdirSync(path.join(dir, "archives")))
      if (file.endsWith(".deb"))
        await run("dpkg-deb", ["-x", path.join(dir, "archives", file), dir]);
    rmSync(path.join(dir, "archives"), { recursive: true });
    writeFileSync(whole, "");
  }
  const env = {
    ...process.env,
    PATH: `${path.join(dir, "usr/bin")}:${process.env["PATH"]}`,
    LD_LIBRARY_PATH: librariesIn(path.join(dir, "usr/lib")).join(":"),
    LANG: "C.UTF-8",
    TZ: "UTC",
  };
  return { run: (program, args) => exitOf(program, args, env) };
}

function isOnPath(program: string): boolean {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  return folders.some((folder) => existsSync(path.join(folder, program)));
}

/** What apt would have to install for the packages, and only that. */
async function download(packages: readonly string[], archives: string): Promise<void> {
  mkdirSync(path.join(archives, "partial"), { recursive: true });
  const options = [
    "Debug::NoLocking=true",
    `Dir::Cache::archives=${archives}`,
    "APT::Sandbox::User=",
  ];
  await run("apt-get", [
    "install",
    "--yes",
    "--download-only",
    "--no-install-recommends",
    ...options.flatMap((option) => ["-o", option]),
    ...packages,
  ]).catch((error: unknown) => {
    throw new Error(
      `this test needs the programs of ${packages.join(", ")}: install them, or run it where Debian's apt-get can fetch them`,
      { cause: error },
    );
  });
}

/** Folders that hold libraries, such as `usr/lib/x86_64-linux-gnu` and those in it. */
function librariesIn(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => /\.so(\.|$)/.test(entry.name))
    .map(({ parentPath }) => parentPath)
    .filter((folder, at, all) => all.indexOf(folder) === at);
}

/** Runs a program to its end, whatever its exit code; throws where it cannot be run. */
export async function exitOf(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Outcome> {
  try {
    const { stdout, stderr } = await run(program, args, { env, maxBuffer: 64 * 1_048_576 });
    return { code: 0, said: stdout + stderr };
  } catch (error) {
    const failed = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof failed.code !== "number") throw error;
    return { code: failed.code, said: `${failed.stdout ?? ""}${failed.stderr ?? ""}` };
  }
}
