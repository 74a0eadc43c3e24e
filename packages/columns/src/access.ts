/**
 * Who may read what in ClickHouse, said once: without Docker it becomes a file of users (`@tallybook/local`), on a server
 * of somebody's own the statements of `accessStatements`. It knows no password.
 */

/** A value of a setting; what a query may set instead is nothing, or what lies between two bounds. */
export type Bound = {
  readonly setting: string;
  readonly value: number | string;
  readonly atMost?: number;
  /** No query may set it. */
  readonly fixed?: boolean;
};

export type Profile = { readonly name: string; readonly bounds: readonly Bound[] };

/** How much one user may ask for in an hour, whatever it writes into its queries. */
export type Quota = {
  readonly name: string;
  readonly queries: number;
  /** Seconds of the server's time. */
  readonly executionSeconds: number;
  readonly rowsRead: number;
};

/** A user that reads. */
export type Reader = {
  readonly name: string;
  readonly profile: string;
  readonly quota: string;
  /** `GRANT … ON …`, without the words `GRANT` and `TO`. */
  readonly grants: readonly string[];
};

/** The rows of one table that the owner of the views sees. */
export type Policy = { readonly table: string; readonly filter: string };

/** A database whose views can be read. */
export type Shared = {
  /** The database of the tables, which no reader may read. */
  readonly database: string;
  /** In whose name the views read: nobody can log in as it, and it sees the rows of whoever asks. */
  readonly owner: string;
  /** What the owner may do; like `Reader.grants`. */
  readonly grants: readonly string[];
  readonly policies: readonly Policy[];
};

export type Access = {
  readonly profiles: readonly Profile[];
  readonly quotas: readonly Quota[];
  readonly shared: readonly Shared[];
  /** They see every tenant. */
  readonly people: Readonly<Record<Person, Reader>>;
};

/** Who sees every tenant. */
export const people = ["analyst", "auditor", "finance"] as const;
export type Person = (typeof people)[number];

/** The public views, in the order of the road of an event. */
export const analyticsViews: readonly string[] = [
  "usage_events",
  "measurements",
  "rejected",
  "usage_hourly",
  "usage_at",
  "invoice_lines",
  "journal_postings",
  "settlements",
  "payments",
  "aged_receivables",
  "customer_statements",
  "trial_balance",
  "customers",
  "subscriptions",
  "plans",
  "prices",
  "cuts",
];

/** Of these, what single events say: not for finance. */
const ofEvents: ReadonlySet<string> = new Set(["usage_events", "measurements", "rejected"]);

/** The public dictionaries: names by id, of every tenant, so that a tenant's own user may not read them. */
export const analyticsDictionaries = ["customer_names", "plan_names", "model_names"] as const;

/** The tables that the views read. */
const tablesOfTenants = [
  "usage_events",
  "measurements",
  "rollups",
  "mirror_rejected",
  "mirror_invoices",
  "mirror_journal",
  "mirror_catalog",
];
/** Their rows are of a tenant, or of nobody, and then everybody's: `tenant` is empty there. */
const tablesOfAll = ["mirror_cuts"];
/** Views of the services that the public ones read; what they read themselves is above. */
const viewsBelow = ["completeness", "known_fills", "rated_periods"];

const tenantPrefix = "tenant_";

/** A deployment's database, and that of its public views; see `analyticsOf`. */
export type Databases = { readonly database: string; readonly analytics?: string | undefined };

/** The database of the public views: `analytics` for `tallybook`, beside a database of another name one of its name; or as said. */
export function analyticsOf({ database, analytics }: Databases): string {
  if (analytics !== undefined && analytics !== "") return analytics;
  return database === "tallybook" ? "analytics" : `${database}_analytics`;
}

/** The access to deployments' databases; `services` is the name of the user of the services, who see everything. */
export function accessOf(databases: readonly Databases[], services: string): Access {
  return {
    profiles: [
      { name: "analysts", bounds: boundsOf(60, 2_000_000_000) },
      { name: "auditors", bounds: boundsOf(300, 10_000_000_000) },
    ],
    quotas: [
      { name: "analysts", queries: 20_000, executionSeconds: 1_800, rowsRead: 100_000_000_000 },
    ],
    shared: databases.map(({ database }) => ({
      database,
      owner: ownerOf(database),
      grants: [...tablesOfTenants, ...tablesOfAll, ...viewsBelow].map(
        (table) => `SELECT ON ${database}.${table}`,
      ),
      policies: [
        ...tablesOfTenants.map((table) => ({ table, filter: filterOf(services) })),
        ...tablesOfAll.map((table) => ({ table, filter: `tenant = '' OR ${filterOf(services)}` })),
      ],
    })),
    people: {
      analyst: personOf("analyst", databases),
      auditor: personOf("auditor", databases),
      finance: personOf("finance", databases),
    },
  };
}

/** In whose name the views of a database read. */
export function ownerOf(database: string): string {
  return `${database}_views`;
}

/** The user of one tenant; undefined where its name cannot be one. */
export function tenantReader(tenant: string, databases: readonly Databases[]): Reader | undefined {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(tenant)) return undefined;
  return {
    name: `${tenantPrefix}${tenant}`,
    profile: "analysts",
    quota: "analysts",
    grants: [...databases.flatMap((one) => onViews(one, analyticsViews)), ...ofTools],
  };
}

function personOf(name: Person, databases: readonly Databases[]): Reader {
  const views = analyticsViews.filter((view) => name !== "finance" || !ofEvents.has(view));
  const grants = databases.flatMap((one) => [
    ...onViews(one, [...views, ...analyticsDictionaries]),
    ...analyticsDictionaries.map((dictionary) => `dictGet ON ${analyticsOf(one)}.${dictionary}`),
  ]);
  return {
    name,
    profile: name === "auditor" ? "auditors" : "analysts",
    quota: "analysts",
    grants: [...grants, ...ofTools],
  };
}

function onViews(databases: Databases, views: readonly string[]): readonly string[] {
  return views.map((view) => `SELECT ON ${analyticsOf(databases)}.${view}`);
}

/** Tools list tables by these; they show only what the user may see anyway, which of the second is nothing. */
const ofTools = ["SELECT ON information_schema.*", "SELECT ON system.parts"];

/**
 * By `authenticatedUser`, which only a log-in changes. A client of the native protocol can say any `currentUser`, and
 * a subquery can set any setting: both let one tenant read another's rows when tried.
 */
function filterOf(services: string): string {
  const everybody = [...people, services].map((name) => `'${name}'`).join(", ");
  return `authenticatedUser() IN (${everybody}) OR tenant = if(startsWith(authenticatedUser(), '${tenantPrefix}'), substring(authenticatedUser(), ${tenantPrefix.length + 1}), NULL)`;
}

/** Part of an answer is never given for the whole: what goes beyond a bound fails. */
function boundsOf(seconds: number, rows: number): readonly Bound[] {
  const upTo = (setting: string, atMost: number): Bound => ({ setting, value: atMost, atMost });
  const always = (setting: string, value: number | string): Bound => ({
    setting,
    value,
    fixed: true,
  });
  return [
    // 2 and not 1: tools send settings with every query. What they may not raise is bounded here.
    { setting: "readonly", value: 2 },
    upTo("max_memory_usage", 2_000_000_000),
    upTo("max_execution_time", seconds),
    upTo("max_rows_to_read", rows),
    upTo("max_result_rows", 10_000_000),
    upTo("max_threads", 2),
    always("max_concurrent_queries_for_user", 10),
    always("max_memory_usage_for_user", 3_000_000_000),
    // The services have 1: the lower goes first.
    always("priority", 10),
    // Where ClickHouse may, by the right CAP_SYS_NICE: the processor is ingest's first.
    always("os_threads_nice_value_query", 15),
    always("timeout_overflow_mode", "throw"),
    always("read_overflow_mode", "throw"),
    always("result_overflow_mode", "throw"),
    always("allow_introspection_functions", 0),
    // Each names a file that the server reads: the embedded one reads any, and shows it.
    always("format_schema", ""),
    always("format_template_row", ""),
    always("format_template_resultset", ""),
    always("query_cache_share_between_users", 0),
  ];
}

export { accessStatements, readerStatements } from "./access-sql.ts";
