import { spawn } from "node:child_process";
import path from "node:path";
import { chooseEngines, type EngineChoice } from "@tallybook/local";
import { Failure } from "../failure.ts";

const projectDir = path.join(import.meta.dirname, "../../../..");

/**
 * Says where the engines run, and fetches what local ones need, if it is not there yet; nothing where somebody else runs
 * Kafka. Throws a Failure where they can run nowhere.
 */
export async function setUp(env: NodeJS.ProcessEnv): Promise<EngineChoice["kind"]> {
  if (env["KAFKA_BROKERS"]) return "given";
  const child = spawn(process.execPath, [path.join(projectDir, "infra/setup.mjs")], {
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  if (code !== 0) throw new Failure("the set-up did not end well: see above.", code ?? 1);
  return chooseEngines(env).kind;
}
