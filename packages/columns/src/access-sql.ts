import type { Access, Bound, Profile, Quota, Reader, Shared } from "./access.ts";

/**
 * The statements that make profiles, quotas, owners of views and their policies on a server that takes SQL. Each can be run
 * again, and then makes what is there anew.
 */
export function accessStatements({ profiles, quotas, shared }: Access): readonly string[] {
  return [
    ...profiles.map(profileSql),
    ...quotas.flatMap((quota) => [
      `CREATE ROLE IF NOT EXISTS ${roleOf(quota.name)}`,
      quotaSql(quota),
    ]),
    ...shared.flatMap((one) => [
      // Nobody comes from nowhere: it is a name that views read in.
      `CREATE USER IF NOT EXISTS ${one.owner} NOT IDENTIFIED HOST NONE`,
      ...one.grants.map((grant) => `GRANT ${grant} TO ${one.owner}`),
      ...one.policies.map(({ table, filter }) => policySql(one, table, filter)),
    ]),
  ];
}

/**
 * The statements that make a reader, or give one that is there another password; what it could do before it can do no more.
 * The password goes as its SHA-256, in hex.
 */
export function readerStatements(reader: Reader, passwordSha256: string): readonly string[] {
  const user = `\`${reader.name}\``;
  return [
    `CREATE USER OR REPLACE ${user} IDENTIFIED WITH sha256_hash BY '${passwordSha256}' HOST ANY SETTINGS PROFILE '${reader.profile}'`,
    `GRANT ${roleOf(reader.quota)} TO ${user}`,
    ...reader.grants.map((grant) => `GRANT ${grant} TO ${user}`),
  ];
}

/** A quota counts each user of its role for itself. */
function roleOf(quota: string): string {
  return `${quota}_quota`;
}

function profileSql({ name, bounds }: Profile): string {
  return `CREATE SETTINGS PROFILE OR REPLACE ${name} SETTINGS ${bounds.map(boundSql).join(", ")}`;
}

function boundSql({ setting, value, atMost, fixed }: Bound): string {
  const text = typeof value === "number" ? String(value) : `'${value}'`;
  const allowed = fixed ? " CONST" : atMost === undefined ? "" : ` MIN 1 MAX ${atMost}`;
  return `${setting} = ${text}${allowed}`;
}

function quotaSql({ name, queries, executionSeconds, rowsRead }: Quota): string {
  return `CREATE QUOTA OR REPLACE ${name} KEYED BY user_name FOR INTERVAL 1 hour MAX queries = ${queries}, execution_time = ${executionSeconds}, read_rows = ${rowsRead} TO ${roleOf(name)}`;
}

function policySql({ owner, database }: Shared, table: string, filter: string): string {
  return `CREATE ROW POLICY OR REPLACE ${owner} ON ${database}.${table} FOR SELECT USING ${filter} TO ${owner}`;
}
