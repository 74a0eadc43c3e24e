import path from "node:path";
import { startClickHouse } from "./clickhouse.ts";
import { startKafka } from "./kafka.ts";
import { freePorts } from "./ports.ts";

export type EngineName = "kafka" | "clickhouse";

/** Where everything that is not ours runs. */
export type Engines = AsyncDisposable & {
  /** `host:port,host:port`, for KAFKA_BROKERS. This and the next are empty where that engine is not wanted. */
  readonly brokers: string;
  /** With user and password in it, for CLICKHOUSE_URL. */
  readonly clickhouseUrl: string;
  /** The analyst's address; null for a ClickHouse that somebody else runs. */
  readonly analystUrl: string | null;
  /** The processes that were started here, for tests that kill them. */
  readonly pids: { readonly kafka: number | null; readonly clickhouse: number | null };
  /** Resolves with a sentence when an engine that was started here ends by itself. */
  readonly failed: Promise<string>;
  /** Stops what was started here. */
  stop(): Promise<void>;
};

/**
 * Starts Kafka and ClickHouse below `dir`, each unless `env` names one that is there already (KAFKA_BROKERS,
 * CLICKHOUSE_URL), or the one of them that is wanted. Ports are free ones unless given.
 */
export async function startEngines(options: {
  readonly dir: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly only?: EngineName | undefined;
  readonly ports?: { readonly kafka?: number; readonly http?: number; readonly tcp?: number };
}): Promise<Engines> {
  const { dir, env = {}, only, ports = {} } = options;
  const [kafkaPort = 0, controllerPort = 0, httpPort = 0, tcpPort = 0] = await freePorts(4);
  await using started = new AsyncDisposableStack();
  const startingKafka =
    env["KAFKA_BROKERS"] || only === "clickhouse"
      ? Promise.resolve(null)
      : startKafka({
          dir: path.join(dir, "kafka"),
          port: ports.kafka ?? kafkaPort,
          controllerPort,
          logFile: path.join(dir, "kafka.log"),
        });
  const startingClickHouse =
    env["CLICKHOUSE_URL"] || only === "kafka"
      ? Promise.resolve(null)
      : startClickHouse({
          dir: path.join(dir, "clickhouse"),
          httpPort: ports.http ?? httpPort,
          tcpPort: ports.tcp ?? tcpPort,
          logFile: path.join(dir, "clickhouse.log"),
        });
  // Both are waited for, also when one fails: what came up has to be stopped.
  for (const outcome of await Promise.allSettled([startingKafka, startingClickHouse])) {
    const engine = outcome.status === "fulfilled" ? outcome.value : null;
    if (engine) started.defer(() => engine.stop());
  }
  const [kafka, clickhouse] = await Promise.all([startingKafka, startingClickHouse]);

  let stopping = false;
  const failed = new Promise<string>((resolve) => {
    const tell = (name: string) => (exit: { code: number | null; signal: string | null }) => {
      if (!stopping) resolve(`${name} ended by itself: ${exit.signal ?? `exit ${exit.code}`}.`);
    };
    void kafka?.exited.then(tell("Kafka"));
    void clickhouse?.exited.then(tell("ClickHouse"));
  });
  const owned = started.move();
  const stop = async (): Promise<void> => {
    stopping = true;
    await owned.disposeAsync();
  };
  return {
    brokers: kafka?.broker ?? env["KAFKA_BROKERS"] ?? "",
    clickhouseUrl: clickhouse?.url ?? env["CLICKHOUSE_URL"] ?? "",
    analystUrl: clickhouse?.analystUrl ?? null,
    pids: { kafka: kafka?.pid ?? null, clickhouse: clickhouse?.pid ?? null },
    failed,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
