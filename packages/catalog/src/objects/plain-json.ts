import type { PlainJson } from "../facts.ts";

/** JSON with its numbers as texts; what is undefined is left out. */
export function plainJson(value: unknown): PlainJson {
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.map(plainJson);
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return Object.fromEntries(members.map(([name, member]) => [name, plainJson(member)]));
  }
  return value as PlainJson;
}
