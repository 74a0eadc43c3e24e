import { existsSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import type { Passwords } from "@tallybook/local";
import type { Supervised } from "./supervisor.ts";

const checkMs = 250;

/** The tenant that runs a deployment, there from its beginning: it has a user for its analysts from the beginning too. */
export const firstTenant = "default";

/**
 * Starts ClickHouse anew when somebody has added a tenant to the file of passwords whom it does not know: it reads its users
 * at its start alone. Returns how to stop looking.
 */
export function keepUsers(options: {
  readonly file: string;
  readonly known: () => Passwords | undefined;
  readonly server: Pick<Supervised, "restart">;
}): () => void {
  const { file, known, server } = options;
  let isRestarting = false;
  const look = async (): Promise<void> => {
    if (isRestarting || !existsSync(file)) return;
    const kept = JSON.parse(readFileSync(file, "utf8")) as Passwords;
    if (isDeepStrictEqual(kept, known())) return;
    isRestarting = true;
    await server.restart();
    isRestarting = false;
  };
  const every = setInterval(() => void look(), checkMs).unref();
  return () => clearInterval(every);
}
