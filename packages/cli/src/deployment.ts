import { readFileSync } from "node:fs";
import { type Ask, createAsk } from "@tallybook/client";
import type { Call } from "./command.ts";
import { misuse, Failure } from "./failure.ts";
import { readRunFile, type RunFile } from "./up/run-file.ts";

/** A running deployment, as a client with a key sees it. */
export type Deployment = {
  readonly url: string;
  readonly key: string;
  readonly ask: Ask;
};

export function deployment(url: string, key: string): Deployment {
  return { url, key, ask: createAsk({ url, key }) };
}

/** The deployment that a command line means: --url and --admin-key, the environment, or what runs on --data. */
export function findDeployment(call: Pick<Call, "text" | "env">): Deployment {
  const url = call.text("url") ?? call.env["TALLYBOOK_URL"];
  const key = call.text("admin-key") ?? call.env["TALLYBOOK_KEY"] ?? keyInFile(call.env);
  if (url !== undefined) {
    if (key !== undefined) return deployment(url, key);
    throw misuse("an API key is needed with an address: --admin-key KEY, or TALLYBOOK_KEY.");
  }
  const run = runningOn(call);
  return deployment(run.url, key ?? readFileSync(run.admin_key_file, "utf8").trim());
}

/** As in a container: the key stands on a volume. */
function keyInFile(env: NodeJS.ProcessEnv): string | undefined {
  const file = env["TALLYBOOK_KEY_FILE"];
  return file ? readFileSync(file, "utf8").trim() : undefined;
}

/** How the deployment on --data is reached, engines included. */
export function runningOn(call: Pick<Call, "text">): RunFile {
  const dir = call.text("data") ?? ".tallybook";
  const run = readRunFile(dir);
  if (run) return run;
  throw new Failure(
    `nothing runs on ${dir}: start it with \`npx tally up\`, or say which with --data DIR or --url URL.`,
  );
}
