type Env = Readonly<Record<string, string | undefined>>;

/** Where the engines of a demo, a test or a deployment on this machine run. */
export type EngineChoice =
  /** KAFKA_BROKERS names a Kafka that somebody else runs. */
  | { readonly kind: "given"; readonly why: null }
  /** As processes, from Kafka's jars and ClickHouse's library. */
  | { readonly kind: "local"; readonly why: null }
  /** In Docker; `why` says what is missing for `local`, null where TALLY_ENGINES asked for it. */
  | { readonly kind: "containers"; readonly why: string | null }
  /** Nowhere; `why` says what to do. */
  | { readonly kind: "none"; readonly why: string };

/**
 * `TALLY_ENGINES` (local or containers) decides; without it the engines run as processes where Java, Maven and ClickHouse's
 * library are there, and else in Docker where it answers. Takes up to half a minute where Docker is asked and hangs.
 */
export function chooseEngines(env: Env): EngineChoice;
