import type { Fault } from "@tallybook/pricing";
import {
  flawOf,
  isJsonArray,
  isJsonNumber,
  isJsonObject,
  numberText,
  parseJson,
  type Json,
} from "@tallybook/usage";

/** JSON whose numbers are texts in plain decimal notation, as the catalog reads them. */
export type Plain = null | boolean | string | readonly Plain[] | { readonly [name: string]: Plain };

export type BodyRead =
  | { readonly ok: true; readonly value: Plain }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Reads a body without ever rounding a number. */
export function readBody(text: string): BodyRead {
  const json = parseJson(text);
  if (!json.ok) return { ok: false, faults: [{ field: "", reason: "not_json", detail: json.why }] };
  const flaw = flawOf(json.value);
  if (flaw === undefined) return { ok: true, value: plainOf(json.value) };
  return { ok: false, faults: [{ field: flaw.path, reason: flaw.reason, detail: flaw.detail }] };
}

/** A value whose numbers become texts. */
export function plainOf(value: Json): Plain {
  if (isJsonNumber(value)) return numberText(value);
  if (isJsonArray(value)) return value.map(plainOf);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plainOf(member)]));
}

/** The members of an object that has no others than these; what is absent is null. Notes what is wrong. */
export function membersOf<Name extends string>(
  value: Plain,
  names: readonly Name[],
  faults: Fault[],
): Readonly<Record<Name, Plain>> {
  const object = isPlainObject(value) ? value : {};
  if (!isPlainObject(value)) {
    faults.push({
      field: "",
      reason: "not_an_object",
      detail: "it must be an object with named fields",
    });
  }
  for (const field of Object.keys(object)) {
    if (names.some((name) => name === field)) continue;
    const detail = `there is no such field here; there are ${names.join(", ")}`;
    faults.push({ field, reason: "unknown_field", detail });
  }
  const members = names.map((name) => [name, Object.hasOwn(object, name) ? object[name] : null]);
  return Object.fromEntries(members) as Record<Name, Plain>;
}

export function isPlainObject(value: Plain): value is { readonly [name: string]: Plain } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
