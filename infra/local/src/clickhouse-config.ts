import { createHash } from "node:crypto";

/** Where one local server listens (loopback) and finds its users. */
export type ServerPlace = {
  readonly httpPort: number;
  readonly tcpPort: number;
  readonly usersFile: string;
};

/** The passwords of the two who may connect. */
export type Passwords = {
  /** The services' user: everything in databases that begin with `tallybook` or `analytics`. */
  readonly tallybook: string;
  /** May read the database `tallybook`, and what its tools ask about it, within bounds. */
  readonly analyst: string;
};

/**
 * What the engine is asked at its start. The last query reads standard input to its end, so it waits for us. It inserts
 * into nothing: a table of its own over standard input would take a grant that lets anybody read the machine's files.
 */
export const startQueries = [
  "SYSTEM START LISTEN HTTP",
  "SYSTEM START LISTEN TCP",
  "INSERT INTO FUNCTION null('line String') FROM INFILE '/dev/stdin' FORMAT LineAsString",
];

/** The table engines of the services: none that reads files or addresses. */
const engines = [
  "AggregatingMergeTree",
  "MergeTree",
  "ReplacingMergeTree",
  "SummingMergeTree",
  "Memory",
  "Null",
];

/** The server's own configuration. */
export function serverConfig(place: ServerPlace): string {
  return `<clickhouse>
  <listen_host>127.0.0.1</listen_host>
  <http_port>${place.httpPort}</http_port>
  <tcp_port>${place.tcpPort}</tcp_port>
  <users_config>${escapeXml(place.usersFile)}</users_config>
  <log-level>error</log-level>
  <logger><console>true</console></logger>
  <!-- It shares the machine with Kafka and the services. -->
  <max_server_memory_usage_to_ram_ratio>0.5</max_server_memory_usage_to_ram_ratio>
  <access_control_improvements>
    <select_from_system_db_requires_grant>true</select_from_system_db_requires_grant>
  </access_control_improvements>
</clickhouse>
`;
}

/**
 * Users, profiles and grants.
 *
 * The engine starts itself as `default`, without a password, and from loopback like everybody else. So that user may do
 * what starting takes, which is enough to close the ports: it has a quota of as many queries as starting asks, and none
 * are left for anybody afterwards.
 */
export function usersConfig(passwords: Passwords): string {
  return `<clickhouse>
  <profiles>
    <default/>
    <services/>
    <analysts>
      <!-- 2 and not 1: tools send settings with every query. What they may not raise is bounded below. -->
      <readonly>2</readonly>
      <max_memory_usage>2000000000</max_memory_usage>
      <max_execution_time>60</max_execution_time>
      <max_rows_to_read>2000000000</max_rows_to_read>
      <max_result_rows>10000000</max_result_rows>
      <constraints>
        <max_memory_usage><min>1</min><max>2000000000</max></max_memory_usage>
        <max_execution_time><min>1</min><max>60</max></max_execution_time>
        <max_rows_to_read><min>1</min><max>2000000000</max></max_rows_to_read>
        <max_result_rows><min>1</min><max>10000000</max></max_result_rows>
      </constraints>
    </analysts>
  </profiles>
  <quotas>
    <default/>
    <!-- Once: the interval, as long as one can be, ends in 2038. -->
    <start><interval><duration>2147483647</duration><queries>${startQueries.length}</queries></interval></start>
  </quotas>
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>start</quota>
      <access_management>0</access_management>
      <grants>
        <query>GRANT SYSTEM LISTEN ON *.*</query>
        <query>GRANT CREATE TEMPORARY TABLE ON *.*</query>
      </grants>
    </default>
${user("tallybook", passwords.tallybook, "services", [
  "GRANT ALL ON tallybook*.*",
  "GRANT ALL ON analytics*.*",
  "GRANT SELECT ON system.*",
  "GRANT SELECT ON information_schema.*",
  "GRANT CREATE TEMPORARY TABLE ON *.*",
  ...engines.map((engine) => `GRANT TABLE ENGINE ON ${engine}`),
  "GRANT KILL QUERY ON *.*",
])}${user("analyst", passwords.analyst, "analysts", [
    "GRANT SELECT ON tallybook.*",
    // Tools list tables by these; both show only what the user may see anyway.
    "GRANT SELECT ON information_schema.*",
    "GRANT SELECT ON system.parts",
  ])}  </users>
</clickhouse>
`;
}

function user(name: string, password: string, profile: string, grants: readonly string[]): string {
  const hash = createHash("sha256").update(password).digest("hex");
  return `    <${name}>
      <password_sha256_hex>${hash}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>${profile}</profile>
      <quota>default</quota>
      <access_management>0</access_management>
      <grants>
${grants.map((grant) => `        <query>${grant}</query>\n`).join("")}      </grants>
    </${name}>
`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
