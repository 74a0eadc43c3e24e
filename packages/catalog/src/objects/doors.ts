import { mappedDoors, type Mapping, type TokenPaths } from "@tallybook/usage";
import { Entry } from "../entry.ts";
import type { Faults } from "../faults.ts";
import type { Collection } from "./collection.ts";

/** How a tenant's items are read at a front door, where vendors differ in what they mean. */
export type DoorMapping = {
  readonly customer: string | null;
  readonly subscription: string | null;
  readonly tokens: DoorTokens | null;
};

type DoorTokens = {
  readonly [Path in keyof TokenPaths]: TokenPaths[Path];
};

export const doorMappings: Collection<DoorMapping> = {
  collection: "doors",
  idField: "door",
  idRule: "name",
  within: null,
  read(entry) {
    const door = entry.text("door", "name");
    const reads = mappedDoors.get(door);
    if (door !== "" && reads === undefined) {
      const names = [...mappedDoors.keys()].join(", ");
      entry.fault("door", "not_an_option", `it must be a door with a mapping: ${names}`);
    }
    const mapping = {
      customer: pathIn(entry, "customer"),
      subscription: pathIn(entry, "subscription"),
      tokens: entry.objectOrNull("tokens", tokensIn),
    } satisfies Mapping;
    for (const field of ["customer", "subscription", "tokens"] as const)
      if (mapping[field] !== null && reads?.includes(field) === false)
        entry.fault(field, "not_allowed", `the door ${door} does not read it: leave it out`);
    return mapping;
  },
  references: () => [],
};

function tokensIn(json: unknown, at: string, faults: Faults): DoorTokens {
  const entry = new Entry(json, at, faults);
  const tokens = {
    input: neededPathIn(entry, "input"),
    cache_read: pathIn(entry, "cache_read"),
    cache_write: pathIn(entry, "cache_write"),
    output: neededPathIn(entry, "output"),
    reasoning: pathIn(entry, "reasoning"),
    totals: entry.has("totals") ? entry.flag("totals") : true,
  };
  entry.end();
  return tokens;
}

function neededPathIn(entry: Entry, key: string): string {
  const path = pathIn(entry, key);
  if (path === null) entry.text(key, "id");
  return path ?? "";
}

function pathIn(entry: Entry, key: string): string | null {
  const path = entry.textOrNull(key, "id");
  if (path !== null && path.split(".").includes(""))
    entry.fault(key, "not_a_path", "it must be names joined by points, such as data.user.id");
  return path;
}
