import { spawn } from "node:child_process";
import path from "node:path";
import { Failure } from "../failure.ts";

const projectDir = path.join(import.meta.dirname, "../../../..");

/** Fetches what the local engines need, if it is not there yet; nothing where both engines are somebody else's. */
export async function setUp(env: NodeJS.ProcessEnv): Promise<void> {
  if (env["KAFKA_BROKERS"]) return;
  const child = spawn(process.execPath, [path.join(projectDir, "infra/setup.mjs")], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  if (code !== 0) throw new Failure("the set-up did not end well: see above.", code ?? 1);
}
