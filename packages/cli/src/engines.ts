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
