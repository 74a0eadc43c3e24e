import { writeFileSync } from "node:fs";
import path from "node:path";

import type { ServiceName } from "@tallybook/cli";

import type { Stage } from "./stage.ts";
import type { Watch } from "./watch.ts";

/** Kills a service with -9; its next start has this fail point. */
export async function killService(
  { stack, armedDir }: Stage,
  watch: Watch,
  service: ServiceName,
  specification?: string,
): Promise<void> {
  const pid = await stack.pidOf(service);
  if (specification !== undefined) writeFileSync(path.join(armedDir, service), specification);
  if (signalled(pid, "SIGKILL")) watch.killed(service);
}

/** Whether the process was there. */
export function signalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}
