import {
  accessOf,
  type Databases,
  people,
  type Person,
  type Profile,
  type Shared,
  tenantReader,
} from "@tallybook/columns/access";
import { escapeXml, type Login, ownerXml, profileXml, quotaXml, userXml } from "./users-xml.ts";

/** Where one local server listens (loopback) and finds its users. */
export type ServerPlace = {
  readonly httpPort: number;
  readonly tcpPort: number;
  readonly usersFile: string;
};

/** The passwords of those who may connect. */
export type Passwords = Readonly<Record<"tallybook" | Person, string>> & {
  /** Of each tenant's own user, by tenant. */
  readonly tenants: Readonly<Record<string, string>>;
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

/** Its queries go before those of all others: see `priority` of the readers. */
const servicesProfile: Profile = { name: "services", bounds: [{ setting: "priority", value: 1 }] };

const loopback = "<ip>127.0.0.1</ip>";

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
    <!-- Policies are for whom they name: the services read everything. -->
    <users_without_row_policies_can_read_rows>true</users_without_row_policies_can_read_rows>
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
export function usersConfig(passwords: Passwords, databases: readonly Databases[]): string {
  const { profiles, quotas, shared, people: readersByPerson } = accessOf(databases, "tallybook");
  const tenants = Object.entries(passwords.tenants).flatMap(([tenant, password]) => {
    const reader = tenantReader(tenant, databases);
    return reader ? [{ ...reader, password }] : [];
  });
  const persons = people.map((name) => ({ ...readersByPerson[name], password: passwords[name] }));
  const readers = [...persons, ...tenants];
  return `<clickhouse>
  <profiles>
    <default/>
${profileXml(servicesProfile)}${profiles.map(profileXml).join("")}  </profiles>
  <quotas>
    <default/>
${quotas.map(quotaXml).join("")}    <!-- Once: the interval, as long as one can be, ends in 2038. -->
    <start><interval><duration>2147483647</duration><queries>${startQueries.length}</queries></interval></start>
  </quotas>
  <users>
    <default>
      <password></password>
      ${loopback}
      <profile>default</profile>
      <quota>start</quota>
      <access_management>0</access_management>
      <grants>
        <query>GRANT SYSTEM LISTEN ON *.*</query>
        <query>GRANT CREATE TEMPORARY TABLE ON *.*</query>
      </grants>
    </default>
${userXml(servicesLogin(passwords.tallybook, shared), loopback)}${shared.map(ownerXml).join("")}${readers.map((reader) => userXml(reader, loopback)).join("")}  </users>
</clickhouse>
`;
}

/** What the services' user may do: its databases and the public ones, whose views read in their owner's name. */
function servicesLogin(password: string, shared: readonly Shared[]): Login {
  return {
    name: "tallybook",
    password,
    profile: servicesProfile.name,
    quota: "default",
    grants: [
      "ALL ON tallybook*.*",
      "ALL ON analytics*.*",
      "SELECT ON system.*",
      "SELECT ON information_schema.*",
      "CREATE TEMPORARY TABLE ON *.*",
      ...engines.map((engine) => `TABLE ENGINE ON ${engine}`),
      "KILL QUERY ON *.*",
      "SYSTEM RELOAD DICTIONARY ON *.*",
      ...shared.map(({ owner }) => `SET DEFINER ON ${owner}`),
    ],
  };
}
