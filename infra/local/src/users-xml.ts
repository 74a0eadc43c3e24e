import { createHash } from "node:crypto";
import type { Bound, Profile, Quota, Reader, Shared } from "@tallybook/columns/access";

/** Who may log in, and how: nobody where there is no password. */
export type Login = Reader & { readonly password: string | null };

/** A profile as ClickHouse's file of users has it. */
export function profileXml({ name, bounds }: Profile): string {
  const bounded = bounds.filter(({ atMost, fixed }) => atMost !== undefined || fixed);
  return `    <${name}>
${lines(bounds, 6, ({ setting, value }) => `<${setting}>${escapeXml(String(value))}</${setting}>`)}      <constraints>
${lines(bounded, 8, constraintXml)}      </constraints>
    </${name}>
`;
}

function constraintXml({ setting, atMost }: Bound): string {
  const allowed = atMost === undefined ? "<const/>" : `<min>1</min><max>${atMost}</max>`;
  return `<${setting}>${allowed}</${setting}>`;
}

export function quotaXml({ name, queries, executionSeconds, rowsRead }: Quota): string {
  return `    <${name}>
      <interval>
        <duration>3600</duration>
        <queries>${queries}</queries>
        <execution_time>${executionSeconds}</execution_time>
        <read_rows>${rowsRead}</read_rows>
      </interval>
    </${name}>
`;
}

/** The user in whose name a database's views read. Who has no password is let in from nowhere either. */
export function ownerXml({ owner, grants, policies, database }: Shared): string {
  const filters = lines(
    policies,
    10,
    ({ table, filter }) => `<${table}><filter>${escapeXml(filter)}</filter></${table}>`,
  );
  const rows = `      <databases>
        <${database}>
${filters}        </${database}>
      </databases>
`;
  const nobody = { name: owner, password: null, profile: "default", quota: "default" };
  return userXml({ ...nobody, grants }, "", rows);
}

/** `networks` are ClickHouse's own elements: who may log in from where. */
export function userXml(login: Login, networks: string, more: string = ""): string {
  const { name, password, profile, quota, grants } = login;
  // Nobody has a password of which this is the hash.
  const hash =
    password === null ? "0".repeat(64) : createHash("sha256").update(password).digest("hex");
  return `    <${name}>
      <password_sha256_hex>${hash}</password_sha256_hex>
      <networks>${networks}</networks>
      <profile>${profile}</profile>
      <quota>${quota}</quota>
      <grants>
${lines(grants, 8, (grant) => `<query>GRANT ${grant}</query>`)}      </grants>
${more}    </${name}>
`;
}

export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function lines<Item>(items: readonly Item[], indent: number, text: (item: Item) => string): string {
  return items.map((item) => `${" ".repeat(indent)}${text(item)}\n`).join("");
}
