import { type ChildProcess, spawn } from "node:child_process";

import { seekLease } from "@tallybook/log";

/** A process of its own that holds a lease; `ended` says with which words it lost it. */
export async function childHolder(
  brokers: string,
  group: string,
): Promise<
  AsyncDisposable & { readonly process: ChildProcess; readonly ended: Promise<string | undefined> }
> {
  const child = spawn(process.execPath, [import.meta.filename, brokers, group], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const lines: string[] = [];
  const held = new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      lines.push(...chunk.toString().trim().split("\n"));
      resolve();
    });
  });
  await held;
  return {
    process: child,
    ended: exited.then(() => lines.at(-1)),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

if (process.argv[1] === import.meta.filename) {
  const [, , brokers = "", group = ""] = process.argv;
  const lease = seekLease(group, {
    brokers: [brokers],
    clientId: "holder",
    prefix: "p.",
    instances: 2,
  });
  await lease.held(AbortSignal.timeout(60_000));
  console.log("held");
  await lease.lost.catch((error: unknown) => console.log((error as Error).message));
  await lease.close();
}
