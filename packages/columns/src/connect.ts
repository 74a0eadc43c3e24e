import { ClickHouseLogLevel, createClient } from "@clickhouse/client";
import type { ClickHouseClient } from "@clickhouse/client";

export interface ColumnsOptions {
  /** `http://user:password@host:port` of ClickHouse. */
  readonly url: string;
  readonly database: string;
  /** Of the views that analysts read; see `analyticsOf` where it is empty or not given. */
  readonly analytics?: string | undefined;
  /** Called at the fail point inside an insert. */
  readonly reached?: (point: "columns.events") => void;
}

/** Milliseconds; a longer query has failed. */
const requestTimeoutMs = 120_000;
const connectionsMax = 4;

/** A client whose numbers come back as text, so that none is ever rounded. */
export function connectClient({ url, database }: ColumnsOptions): ClickHouseClient {
  return createClient({
    url,
    database,
    application: "tallybook",
    request_timeout: requestTimeoutMs,
    max_open_connections: connectionsMax,
    // What fails comes back as an error to whoever asked; the client's own log would say it twice.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: {
      output_format_json_quote_64bit_integers: 1,
      output_format_json_quote_decimals: 1,
    },
  });
}

/** Rows of a query, each value as text or a map of texts. Parameters go by ClickHouse's own `{name:Type}`. */
export async function rowsOf<Row>(
  client: ClickHouseClient,
  query: string,
  parameters: Record<string, unknown> = {},
): Promise<Row[]> {
  return guarded("query", async () => {
    const answer = await client.query({ query, query_params: parameters, format: "JSONEachRow" });
    return answer.json<Row>();
  });
}

/** ClickHouse does not answer, or not as it should. */
export class ColumnsUnavailable extends Error {
  override readonly name = "ColumnsUnavailable";
}

/** There is more usage than the asker holds in memory at once. */
export class TooMuchUsage extends Error {
  override readonly name = "TooMuchUsage";
}

/** Every failure of a call but `TooMuchUsage` becomes `ColumnsUnavailable`, with what was being done. */
export async function guarded<Answer>(doing: string, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ColumnsUnavailable || error instanceof TooMuchUsage) throw error;
    throw new ColumnsUnavailable(`${doing}: ${(error as Error).message}`, { cause: error });
  }
}
