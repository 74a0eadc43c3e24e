import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { StackOptions } from "../../src/up/stack.ts";
import { serviceNames } from "../../src/up/services.ts";

export type Stubs = AsyncDisposable & {
  readonly dir: string;
  readonly said: string[];
  readonly options: StackOptions;
};

/** Options for a stack of stub services over one stub of both engines, which answers every probe. */
export async function stubs(): Promise<Stubs> {
  const root = mkdtempSync(path.join(tmpdir(), "tally-up-"));
  const servicesDir = path.join(root, "services");
  for (const name of serviceNames) {
    mkdirSync(path.join(servicesDir, name, "src"), { recursive: true });
    cpSync(
      path.join(import.meta.dirname, "service.ts"),
      path.join(servicesDir, name, "src", "main.ts"),
    );
  }
  const engine = createServer((_, response) => response.end("1"));
  const port = await listening(engine);
  const dir = path.join(root, "data");
  const said: string[] = [];
  return {
    dir,
    said,
    options: {
      dir,
      port: 0,
      servicesDir,
      env: { KAFKA_BROKERS: `127.0.0.1:${port}`, CLICKHOUSE_URL: `http://u:p@127.0.0.1:${port}` },
      say: (line) => said.push(line),
    },
    async [Symbol.asyncDispose]() {
      engine.closeAllConnections();
      await new Promise((resolve) => engine.close(resolve));
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
