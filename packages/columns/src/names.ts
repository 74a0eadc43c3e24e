import type { ClickHouseClient } from "@clickhouse/client";

import { analyticsDictionaries, analyticsOf } from "./access.ts";
import { rowsOf } from "./connect.ts";
import type { ColumnsOptions } from "./connect.ts";

/** Names by id, of every tenant, so that a report shows them without a join. */
interface NamesOf {
  /** The column of the id, within the tenant. */
  readonly id: string;
  readonly about: string;
  /** Of the mirrored catalog; its last version has the name. */
  readonly collection: string;
  /** What stands for a name that nobody said. */
  readonly unnamed: string;
}

const namesBy: Readonly<Record<(typeof analyticsDictionaries)[number], NamesOf>> = {
  customer_names: {
    id: "customer",
    about: "What the vendor calls a customer; the id where nobody said",
    collection: "customers",
    unnamed: "id",
  },
  plan_names: {
    id: "plan",
    about: "What customers read as the name of a plan",
    collection: "plans",
    unnamed: "''",
  },
  model_names: {
    id: "model",
    about:
      "What people call a model that usage names by its dimension model, where the catalog has it among its models",
    collection: "models",
    unnamed: "''",
  },
};

/**
 * Makes the dictionaries of names, or makes them anew: as this version says, and with this login, in whose name they are read.
 * Throws what ClickHouse says where one cannot be made or read.
 */
export async function makeNames(client: ClickHouseClient, options: ColumnsOptions): Promise<void> {
  for (const dictionary of analyticsDictionaries) {
    await client.command({ query: dictionarySql(dictionary, options) });
    // Nobody has read it yet: this does.
    await rowsOf(client, `SELECT count() FROM ${analyticsOf(options)}.${dictionary}`);
  }
}

/** Reads them again at once. A server does so by itself every few seconds; the engine without Docker does it for nobody. */
export async function reloadNames(
  client: ClickHouseClient,
  options: ColumnsOptions,
): Promise<void> {
  for (const dictionary of analyticsDictionaries)
    await client.command({
      query: `SYSTEM RELOAD DICTIONARY ${analyticsOf(options)}.${dictionary}`,
    });
}

/** Whether all of them are there. */
export async function hasNames(
  client: ClickHouseClient,
  options: ColumnsOptions,
): Promise<boolean> {
  const [row] = await rowsOf<{ there: string }>(
    client,
    "SELECT toString(count()) AS there FROM system.tables WHERE database = {analytics:String} AND engine = 'Dictionary' AND name IN {names:Array(String)}",
    { analytics: analyticsOf(options), names: analyticsDictionaries },
  );
  return Number(row?.there) === analyticsDictionaries.length;
}

/** On a server, and so on a replica of it, they are read again so often, in seconds, and only where a fact has come. */
const lifetime = "LIFETIME(MIN 1 MAX 3)";

function dictionarySql(dictionary: keyof typeof namesBy, options: ColumnsOptions): string {
  const { id, about, collection, unnamed } = namesBy[dictionary];
  const login = new URL(options.url);
  // As the client takes an address without one.
  const user = decodeURIComponent(login.username) || "default";
  const facts = `FROM ${catalogIn(options.database)} WHERE collection = '${collection}'`;
  const name = "JSONExtractString(body, 'name')";
  // As the views `customers` and `plans` say it `WHERE current`: those would show nothing, since nobody has logged in who reads here.
  const rows = `SELECT toString(tenant) AS of_tenant, id, argMax(if(${name} = '', ${unnamed}, ${name}), (version, log_offset)) AS called ${facts} GROUP BY of_tenant, id`;
  const changed = `SELECT count(), sum(cityHash64(log_offset, body)) ${facts}`;
  return `CREATE OR REPLACE DICTIONARY ${analyticsOf(options)}.${dictionary} (tenant String, ${id} String, name String DEFAULT '')
    PRIMARY KEY tenant, ${id}
    SOURCE(CLICKHOUSE(
      USER ${quoted(user)} PASSWORD ${quoted(decodeURIComponent(login.password))}
      QUERY ${quoted(rows)} INVALIDATE_QUERY ${quoted(changed)}))
    LAYOUT(COMPLEX_KEY_HASHED()) ${lifetime}
    COMMENT ${quoted(`${about}. Of every tenant; at most ten seconds old`)}`;
}

/** The table as whoever drops it or makes it anew need not know of: one that is named itself, a dictionary keeps in place. */
function catalogIn(database: string): string {
  return `merge('${database}', '^mirror_catalog$')`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
