import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  analyticsOf,
  ColumnsUnavailable,
  makeReader,
  readerName,
  type Whose,
} from "@tallybook/columns";
import { people, type Person } from "@tallybook/columns/access";
import { keptPasswords, passwordsFile, probeClickHouse } from "@tallybook/local";
import { type Call, type Command, deploymentOptions, jsonOption } from "../command.ts";
import { type ClickHousePlace, findClickHouse } from "../engines.ts";
import { Failure, misuse } from "../failure.ts";
import { table } from "../table.ts";
import { withProgress } from "../waiting.ts";

const loginMsMax = 60_000;
const pollMs = 100;

export const analystAccess: Command = {
  name: "analyst-access",
  summary: "Shows how tools log in to ClickHouse: everybody's analyst, or one tenant's own user",
  args: ["[TENANT]"],
  options: {
    role: {
      value: "ROLE",
      about: "a user of all tenants: analyst (default), auditor or finance",
    },
    data: deploymentOptions.data,
    ...jsonOption,
  },
  examples: [
    "npx tally analyst-access",
    "npx tally analyst-access default",
    "npx tally analyst-access --role finance --json",
  ],
  async run(call) {
    const whose = whoseOf(call);
    const user = readerName(whose);
    if (user === undefined) {
      throw misuse(
        `tally analyst-access: ${call.args[0]} can have no user of its own: a name of one has at most 64 letters, digits, - and _.`,
      );
    }
    const place = findClickHouse(call);
    const password =
      place.dir === null ? await onServer(place, whose) : await inDir(place.dir, whose);
    const access = accessTo(place, { user, password }, call.env);
    if (place.dir !== null) {
      await withProgress(call.remark, () => "ClickHouse reads its users", untilLetIn(access.url));
    } else {
      call.remark("It is a new password, shown this once; an earlier one is void.");
    }
    if (call.has("json")) call.print(JSON.stringify(access));
    else for (const line of table(columns, Object.entries(access))) call.print(line);
    return 0;
  },
};

const columns = [{ title: "what" }, { title: "value" }] as const;

function whoseOf(call: Call): Whose {
  const [tenant] = call.args;
  const role = call.text("role");
  if (tenant !== undefined && role !== undefined)
    throw misuse("tally analyst-access: say TENANT or --role, not both.");
  if (tenant !== undefined) return { tenant };
  const person = people.find((one) => one === (role ?? "analyst"));
  if (person === undefined)
    throw misuse(`tally analyst-access: --role is ${people.join(", ")}, not ${role}.`);
  return { person };
}

/** The password that is kept, or a new one: ClickHouse is started anew then, by `tally up`. */
async function inDir(dir: string, whose: Whose): Promise<string> {
  const file = path.join(dir, "clickhouse", passwordsFile);
  const passwords = keptPasswords(file, "tenant" in whose ? [whose.tenant] : []);
  const password =
    "tenant" in whose ? passwords.tenants[whose.tenant] : passwords[whose.person satisfies Person];
  return password ?? "";
}

async function onServer(place: ClickHousePlace, whose: Whose): Promise<string> {
  try {
    return await makeReader(place, whose);
  } catch (error) {
    if (!(error instanceof ColumnsUnavailable)) throw error;
    throw new Failure(
      `${error.message}: the user in CLICKHOUSE_URL has to be let make users, as infra/clickhouse-server/users.xml lets it.`,
    );
  }
}

/** What tools ask for. */
type Access = Readonly<
  Record<
    "url" | "host" | "http_port" | "native_port" | "database" | "user" | "password" | "jdbc",
    string
  >
>;

function accessTo(
  place: ClickHousePlace,
  login: { readonly user: string; readonly password: string },
  env: NodeJS.ProcessEnv,
): Access {
  // A replica has the same users.
  const at = new URL(env["ANALYTICS_URL"] || place.url);
  const database = analyticsOf(place);
  const { user, password } = login;
  const http_port = at.port === "" ? (at.protocol === "https:" ? "443" : "80") : at.port;
  return {
    url: `${at.protocol}//${user}:${encodeURIComponent(password)}@${at.host}`,
    host: at.hostname,
    http_port,
    native_port: place.nativePort === null || env["ANALYTICS_URL"] ? "" : String(place.nativePort),
    database,
    user,
    password,
    jdbc: `jdbc:clickhouse:${at.protocol}//${at.hostname}:${http_port}/${database}`,
  };
}

async function untilLetIn(url: string): Promise<void> {
  const begun = performance.now();
  for (;;) {
    const refused = await probeClickHouse(url);
    if (refused === null) return;
    if (performance.now() - begun > loginMsMax)
      throw new Failure(`ClickHouse lets the user in after no minute: ${refused}`);
    await sleep(pollMs);
  }
}
