import { type Columns, connectColumns } from "@tallybook/columns";
import { connectLog, type KafkaOptions, type Log } from "@tallybook/log";
import type { Call } from "./command.ts";
import { Failure } from "./failure.ts";
import { readRunFile, type RunFile } from "./up/run-file.ts";

/** Where Kafka and ClickHouse are. */
export type EnginePlace = Pick<RunFile, "kafka" | "clickhouse">;

/** Both engines, opened for reading. */
export type OpenEngines = {
  readonly log: Log;
  readonly columns: Columns;
  /** What the log was opened with, for threads that open it again. */
  readonly kafka: KafkaOptions;
};

/** The engines that a command line means: KAFKA_BROKERS and CLICKHOUSE_URL, else those of what runs on --data. */
export function findEngines(call: Pick<Call, "text" | "env">): EnginePlace {
  const { KAFKA_BROKERS, CLICKHOUSE_URL, TOPIC_PREFIX, CLICKHOUSE_DATABASE } = call.env;
  if (KAFKA_BROKERS && CLICKHOUSE_URL) {
    return {
      kafka: { brokers: KAFKA_BROKERS, topic_prefix: TOPIC_PREFIX ?? "" },
      clickhouse: {
        url: CLICKHOUSE_URL,
        analyst_url: null,
        database: CLICKHOUSE_DATABASE ?? "tallybook",
      },
    };
  }
  const dir = call.text("data") ?? ".tallybook";
  const run = readRunFile(dir);
  if (run) return run;
  throw new Failure(
    `nothing runs on ${dir}: start it with \`npx tally up\`, say which with --data DIR, or name the engines with KAFKA_BROKERS and CLICKHOUSE_URL.`,
  );
}

/** Where a command line finds ClickHouse. */
export type ClickHousePlace = {
  /** With user and password of the services in it. */
  readonly url: string;
  readonly database: string;
  readonly analytics?: string | undefined;
  /** Of the native protocol; null where somebody else runs it. */
  readonly nativePort: number | null;
  /** The data directory of the `tally up` that runs it; null likewise. */
  readonly dir: string | null;
};

/** The ClickHouse that a command line means: CLICKHOUSE_URL, else that of what runs on --data. */
export function findClickHouse(call: Pick<Call, "text" | "env">): ClickHousePlace {
  const { CLICKHOUSE_URL, CLICKHOUSE_DATABASE, ANALYTICS_DATABASE } = call.env;
  if (CLICKHOUSE_URL && call.text("data") === undefined) {
    return {
      url: CLICKHOUSE_URL,
      database: CLICKHOUSE_DATABASE ?? "tallybook",
      analytics: ANALYTICS_DATABASE,
      nativePort: null,
      dir: null,
    };
  }
  const dir = call.text("data") ?? ".tallybook";
  const run = readRunFile(dir);
  if (!run) {
    throw new Failure(
      `nothing runs on ${dir}: start it with \`npx tally up\`, say which with --data DIR, or name ClickHouse with CLICKHOUSE_URL.`,
    );
  }
  const { url, database, analytics, native_port, analyst_url } = run.clickhouse;
  const isOurs = analyst_url !== null;
  return { url, database, analytics, nativePort: native_port ?? null, dir: isOurs ? dir : null };
}

export async function withEngines<T>(
  place: EnginePlace,
  use: (engines: OpenEngines) => Promise<T>,
): Promise<T> {
  await using opened = new AsyncDisposableStack();
  const kafka = {
    brokers: place.kafka.brokers.split(","),
    prefix: place.kafka.topic_prefix,
    clientId: "tally",
  };
  const log = opened.adopt(await connectLog(kafka), (it) => it.close());
  const columns = opened.adopt(
    connectColumns({ url: place.clickhouse.url, database: place.clickhouse.database }),
    (it) => it.close(),
  );
  return await use({ log, columns, kafka });
}
