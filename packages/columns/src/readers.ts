import { createHash, randomBytes } from "node:crypto";

import { accessOf, type Person, tenantReader } from "./access.ts";
import { readerStatements } from "./access-sql.ts";
import { connectClient, guarded } from "./connect.ts";
import type { ColumnsOptions } from "./connect.ts";

/** Whose user: one of those that see every tenant, or a tenant's own. */
export type Whose = { readonly person: Person } | { readonly tenant: string };

/** The name of a reader; undefined of a tenant that can have none: letters, digits, `-` and `_` are what a user's name takes. */
export function readerName(whose: Whose): string | undefined {
  return "person" in whose ? whose.person : tenantReader(whose.tenant, [])?.name;
}

/**
 * Makes a reader on a server that takes users by statements, or gives one that is there another password, and returns the
 * password, which is kept nowhere. Throws ColumnsUnavailable where the user in `url` may not.
 */
export async function makeReader(options: ColumnsOptions, whose: Whose): Promise<string> {
  const reader =
    "person" in whose
      ? accessOf([options], "").people[whose.person]
      : tenantReader(whose.tenant, [options]);
  if (reader === undefined) throw new Error("a tenant of such a name has no user");
  const password = randomBytes(18).toString("base64url");
  const hash = createHash("sha256").update(password).digest("hex");
  const client = connectClient({ ...options, database: "default" });
  try {
    for (const query of readerStatements(reader, hash))
      await guarded(`make the user ${reader.name}`, () => client.command({ query }));
  } finally {
    await client.close();
  }
  return password;
}
