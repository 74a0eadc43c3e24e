import { mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { freePorts, startClickHouse, startKafka } from "@tallybook/local";
import type { Engine, EngineName } from "@tallybook/local";
import { startStack } from "@tallybook/testkit";
import type { TestStack } from "@tallybook/testkit";

import { openProxy } from "./proxy.ts";
import type { Proxy } from "./proxy.ts";

/** The whole deployment: engines that are ours to kill, services under `tally up`, and the proxy between them and ClickHouse. */
export interface Stage extends AsyncDisposable {
  readonly stack: TestStack;
  readonly proxy: Proxy;
  readonly engines: Readonly<Record<EngineName, EngineHandle>>;
  /** Where a fail point is left for the next start of a service. */
  readonly armedDir: string;
}

export interface EngineHandle {
  /** Kills it with -9, or ends it gently, and starts it again after a while. Resolves when it answers. */
  bounce(how: "kill" | "stop", downMs: number): Promise<void>;
  stop(): Promise<void>;
}

const startsMax = 5;

/** Starts everything below `dir`, laid out so that `tally up --data DIR` can serve it afterwards. */
export async function openStage(dir: string, clock: string): Promise<Stage> {
  await using opened = new AsyncDisposableStack();
  const armedDir = path.join(dir, "armed");
  const logs = path.join(dir, "logs");
  for (const needed of [armedDir, logs]) mkdirSync(needed, { recursive: true });
  const [port = 0, controllerPort = 0, httpPort = 0, tcpPort = 0] = await freePorts(4);
  const kafka = await openEngine(() =>
    startKafka({
      dir: path.join(dir, "kafka"),
      port,
      controllerPort,
      logFile: path.join(logs, "kafka.log"),
    }),
  );
  opened.defer(() => kafka.stop());
  let url = "";
  const clickhouse = await openEngine(async () => {
    const server = await startClickHouse({
      dir: path.join(dir, "clickhouse"),
      httpPort,
      tcpPort,
      logFile: path.join(logs, "clickhouse.log"),
    });
    url = server.url;
    return server;
  });
  opened.defer(() => clickhouse.stop());
  const proxy = opened.adopt(await openProxy(httpPort), (it) => it.close());
  const throughProxy = new URL(url);
  throughProxy.port = String(proxy.port);
  const stack = opened.use(
    await startStack({
      dir,
      clock,
      engines: {
        brokers: `127.0.0.1:${port}`,
        clickHouseUrl: throughProxy.href.replace(/\/$/, ""),
        topicPrefix: "",
        database: "tallybook",
      },
      env: { FAILPOINT_DIR: armedDir },
    }),
  );
  const closing = opened.move();
  return {
    stack,
    proxy,
    engines: { kafka, clickhouse },
    armedDir,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

async function openEngine(start: () => Promise<Engine>): Promise<EngineHandle> {
  let engine = await start();

  async function startAgain(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        engine = await start();
        return;
      } catch (error) {
        if (attempt === startsMax) throw error;
        await sleep(500);
      }
    }
  }

  return {
    async bounce(how, downMs) {
      if (how === "kill") process.kill(engine.pid, "SIGKILL");
      else await engine.stop();
      await engine.exited;
      await sleep(downMs);
      await startAgain();
    },
    stop: () => engine.stop(),
  };
}
