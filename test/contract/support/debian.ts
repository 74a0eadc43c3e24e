import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = path.join(import.meta.dirname, "../../..");

/** Programs of Debian packages that are on no PATH: unpacked beside the project, once, and nothing is installed. */
export interface DebianPrograms {
  /** Runs a program and resolves with its exit code and what it said. */
  run(program: string, args: readonly string[]): Promise<{ code: number; said: string }>;
}

/** Downloads and unpacks the packages, with the libraries that go with them. Needs Debian 12, or what has the same packages. */
export async function debianPrograms(packages: readonly string[]): Promise<DebianPrograms> {
  const dir = path.join(root, ".tallybook", "debian", packages.join("+"));
  const whole = path.join(dir, "whole");
  if (!existsSync(whole)) {
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    await run("apt-get", ["download", ...packages], { cwd: dir }).catch((error: unknown) => {
      throw new Error(`this test needs Debian's packages ${packages.join(", ")}`, { cause: error });
    });
    const files = readdirSync(dir).filter((file) => file.endsWith(".deb"));
    for (const file of files) {
      await run("dpkg-deb", ["-x", file, "."], { cwd: dir });
      rmSync(path.join(dir, file));
    }
    writeFileSync(whole, "");
  }
  const libraries = [
    path.join(dir, "usr/lib/ledger"),
    ...readdirSync(path.join(dir, "usr/lib")).map((name) => path.join(dir, "usr/lib", name)),
  ];
  const env = { ...process.env, LD_LIBRARY_PATH: libraries.join(":"), LANG: "C.UTF-8", TZ: "UTC" };
  return {
    run: (program, args) => exitOf(path.join(dir, "usr/bin", program), args, env),
  };
}

/** Runs a program to its end, whatever its exit code; throws where it cannot be run. */
export async function exitOf(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ code: number; said: string }> {
  try {
    const { stdout, stderr } = await run(program, args, { env, maxBuffer: 64 * 1_048_576 });
    return { code: 0, said: stdout + stderr };
  } catch (error) {
    const failed = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof failed.code !== "number") throw error;
    return { code: failed.code, said: `${failed.stdout ?? ""}${failed.stderr ?? ""}` };
  }
}
