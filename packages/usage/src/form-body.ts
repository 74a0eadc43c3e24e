import type { Json } from "./json.ts";

const partsMax = 8;
const fieldsMax = 1_000;

type Tree = Map<string, Tree | string>;

export type FormRead =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly detail: string };

/**
 * Reads `application/x-www-form-urlencoded` with nested names, `payload[value]=12`, as an object of texts. Refuses what stands twice,
 * what is a value and an object at once, and names that are nested deeper than anybody means.
 */
export function readForm(body: Uint8Array): FormRead {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return { ok: false, detail: "is not UTF-8" };
  }
  const root: Tree = new Map();
  const fields = text === "" ? [] : text.split("&", fieldsMax + 1);
  if (fields.length > fieldsMax) return { ok: false, detail: `has more than ${fieldsMax} fields` };
  for (const field of fields) {
    if (field === "") continue;
    const equals = field.includes("=") ? field.indexOf("=") : field.length;
    const name = decoded(field.slice(0, equals));
    const value = decoded(field.slice(equals + 1));
    if (name === undefined || value === undefined)
      return { ok: false, detail: "has a percent sign that stands before no hex digits" };
    const why = put(root, name, value);
    if (why !== undefined) return { ok: false, detail: `${why}: ${name.slice(0, 100)}` };
  }
  return { ok: true, value: objectOf(root) };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/** Undefined, or what is wrong with the name. */
function put(root: Tree, name: string, value: string): string | undefined {
  const parts = partsOf(name);
  if (parts === undefined) return "has a name that cannot be read";
  let tree = root;
  for (const part of parts.slice(0, -1)) {
    const next = tree.get(part) ?? new Map<string, Tree | string>();
    if (typeof next === "string") return "has a name that is a value and an object at once";
    tree.set(part, next);
    tree = next;
  }
  const last = parts.at(-1) ?? "";
  if (tree.has(last)) return "has a name that stands twice";
  tree.set(last, value);
  return undefined;
}

/** `a[b][c]` as its parts; undefined for anything else, and for more parts than anybody means. */
function partsOf(name: string): readonly string[] | undefined {
  const [, first = "", rest = ""] = /^([^[\]]+)((?:\[[^[\]]+\])*)$/.exec(name) ?? [];
  if (first === "") return undefined;
  const parts = [first, ...rest.split(/[[\]]+/).filter((part) => part !== "")];
  return parts.length > partsMax ? undefined : parts;
}

function objectOf(tree: Tree): Json {
  return Object.fromEntries(
    [...tree].map(([name, value]) => [name, typeof value === "string" ? value : objectOf(value)]),
  );
}
