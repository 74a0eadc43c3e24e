import type { ClickHouseClient } from "@clickhouse/client";

import { accessOf, analyticsOf, analyticsViews, type Databases, ownerOf } from "./access.ts";
import { accessStatements } from "./access-sql.ts";
import { guarded, rowsOf } from "./connect.ts";

/** Codes of ClickHouse: it may not, it has nowhere to, there is no such user. */
const accessDenied = "497";
const noAccessStorage = "514";
const unknownUser = "192";

/**
 * Lets the public views read in their owner's name, so that who may read a view needs no right to what it reads. Makes the owner
 * and its policies first where this user may; without Docker they stand in the file of users. Where there is neither, the views
 * stay what they are: they show nothing to anybody but the services.
 */
export async function shareViews(client: ClickHouseClient, databases: Databases): Promise<void> {
  const [me] = await rowsOf<{ name: string }>(client, "SELECT currentUser() AS name");
  const access = accessOf([databases], me?.name ?? "");
  for (const query of accessStatements(access))
    if (!(await ran(client, query, [accessDenied, noAccessStorage]))) break;
  const analytics = analyticsOf(databases);
  const owner = ownerOf(databases.database);
  const unshared = await rowsOf<{ name: string }>(
    client,
    "SELECT name FROM system.tables WHERE database = {analytics:String} AND name IN {views:Array(String)} AND create_table_query NOT LIKE concat('%DEFINER = ', {owner:String}, ' SQL SECURITY DEFINER%')",
    { analytics, views: analyticsViews, owner },
  );
  for (const { name } of unshared) {
    const query = `ALTER TABLE ${analytics}.${name} MODIFY DEFINER = ${owner} SQL SECURITY DEFINER`;
    if (!(await ran(client, query, [accessDenied, unknownUser]))) return;
  }
}

/** Whether a statement ran; false where it is refused with one of these codes. */
async function ran(
  client: ClickHouseClient,
  query: string,
  refusals: readonly string[],
): Promise<boolean> {
  try {
    await client.command({ query });
    return true;
  } catch (error) {
    if (refusals.includes((error as { code?: string }).code ?? "")) return false;
    return guarded("share the views", () => Promise.reject(error as Error));
  }
}
