/** The variables of a process, as `process.env` has them. */
export type Env = Readonly<Record<string, string | undefined>>;

/** One variable's value, or its fault noted. A variable without a fallback is required. */
export type EnvReader = {
  text(name: string, rule?: { readonly fallback?: string }): string;
  /** Text that no error message ever shows. */
  secret(name: string, rule?: { readonly fallback?: string }): string;
  /**
   * Secrets by their names, `NAME=SECRET` between commas; none where it is absent. No error message shows them. `isFit`: what a secret
   * has to be, which `wanted` shows by an example of the whole.
   */
  secrets(
    name: string,
    rule: { readonly isFit: (secret: string) => boolean; readonly wanted: string },
  ): ReadonlyMap<string, string>;
  /** Texts between commas, at least one. */
  list(name: string, rule?: { readonly fallback?: readonly string[] }): readonly string[];
  /** A whole number within bounds, both included. */
  integer(
    name: string,
    rule: { readonly min: number; readonly max: number; readonly fallback?: number },
  ): number;
  /** 0 to 65,535; 0 lets the system choose. */
  port(name: string, rule?: { readonly fallback?: number }): number;
  /** `true` or `1`, `false` or `0`. Absent means false unless told otherwise. */
  flag(name: string, rule?: { readonly fallback?: boolean }): boolean;
  /** An address with http or https. It may hold a password, so no error message shows it. */
  url(name: string, rule?: { readonly fallback?: string }): string;
};

/** The environment does not fit; the message names every variable that is at fault and what to do. */
export class UnfitEnvironment extends Error {
  override readonly name = "UnfitEnvironment";
}

/**
 * Reads a configuration from the environment: `readEnv(process.env, (read) => ({ port: read.port("PORT") }))`.
 *
 * The result is frozen, deeply. Throws UnfitEnvironment with all faults at once.
 */
export function readEnv<T extends object>(env: Env, shape: (read: EnvReader) => T): Readonly<T> {
  const faults: string[] = [];
  const config = shape(readerOf(env, faults));
  if (faults.length > 0) throw new UnfitEnvironment(faults.join(" "));
  return freeze(config);
}

function readerOf(env: Env, faults: string[]): EnvReader {
  /** Converts what is set; a fault is noted, and `instead` only keeps the shape until it is thrown. */
  const read = <T>(
    name: string,
    wanted: string,
    fallback: T | undefined,
    instead: T,
    convert: (text: string) => T | null,
    shown = true,
  ): T => {
    const text = env[name];
    if (text === undefined || text === "") {
      if (fallback !== undefined) return fallback;
      faults.push(`${name} is missing: set it to ${wanted}.`);
      return instead;
    }
    const value = convert(text);
    if (value !== null) return value;
    faults.push(`${name} is ${shown ? JSON.stringify(text) : "unfit"}: set it to ${wanted}.`);
    return instead;
  };
  return {
    text: (name, rule) => read(name, "a text", rule?.fallback, "", (text) => text),
    secret: (name, rule) => read(name, "a secret", rule?.fallback, "", (text) => text, false),
    secrets: (name, { isFit, wanted }) =>
      read<ReadonlyMap<string, string>>(
        name,
        wanted,
        new Map(),
        new Map(),
        (text) => toSecrets(text, isFit),
        false,
      ),
    list: (name, rule) => read(name, "texts between commas", rule?.fallback, [], toList),
    integer: (name, { min, max, fallback }) =>
      read(name, `a whole number from ${min} to ${max}`, fallback, min, (text) =>
        toInteger(text, min, max),
      ),
    port: (name, rule) =>
      read(name, "a port, 0 to 65535", rule?.fallback, 0, (text) => toInteger(text, 0, 65_535)),
    flag: (name, rule) => read(name, "true or false", rule?.fallback ?? false, false, toFlag),
    url: (name, rule) =>
      read(name, "an address like http://host:8123", rule?.fallback, "", toUrl, false),
  };
}

function toList(text: string): readonly string[] | null {
  const items = text.split(",").map((item) => item.trim());
  return items.includes("") ? null : items;
}

function toSecrets(text: string, isFit: (secret: string) => boolean): Map<string, string> | null {
  const pairs = (toList(text) ?? [""]).map((item): [string, string] => {
    const [name = "", ...rest] = item.split("=");
    return [name, rest.join("=")];
  });
  const isWhole = pairs.every(([name, secret]) => name !== "" && isFit(secret));
  const secrets = new Map(pairs);
  return isWhole && secrets.size === pairs.length ? secrets : null;
}

function toInteger(text: string, min: number, max: number): number | null {
  if (!/^-?\d{1,15}$/.test(text)) return null;
  const value = Number(text);
  return value >= min && value <= max ? value : null;
}

function toFlag(text: string): boolean | null {
  if (text === "true" || text === "1") return true;
  if (text === "false" || text === "0") return false;
  return null;
}

function toUrl(text: string): string | null {
  const protocol = URL.parse(text)?.protocol;
  return protocol === "http:" || protocol === "https:" ? text : null;
}

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === "object" && inner !== null) freeze(inner);
  }
  return Object.freeze(value);
}
