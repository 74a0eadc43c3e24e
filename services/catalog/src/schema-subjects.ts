import { flawOf, isJsonArray, isJsonObject, parseJson, type Json } from "@tallybook/usage";
import type { Schema } from "@tallybook/wire";

/** One version of a subject, as a schema registry has it. */
export interface Registered {
  readonly subject: string;
  /** From 1, in the order of the ids. */
  readonly version: number;
  readonly id: number;
  /** The schema's text. */
  readonly schema: string;
}

/** The schemas of the contract as subjects with versions. */
export interface Subjects {
  /** Sorted. */
  readonly names: readonly string[];
  /** Oldest first; none where there is no such subject. */
  versionsOf(subject: string): readonly Registered[];
  byId(id: number): Registered | undefined;
  /** What the newest version reads of the older ones: all of them, or not all. */
  compatibilityOf(subject: string): Compatibility;
}

/** In the registry's words. */
export type Compatibility = "BACKWARD_TRANSITIVE" | "NONE";

/**
 * A topic carries several kinds of records, so a subject is one of them: the topic as Kafka knows it, a hyphen, and the
 * record's full name. Serializers call that the topic record name strategy.
 */
export function subjectsOf(schemas: Iterable<Schema>, topicPrefix: string): Subjects {
  const bySubject = new Map<string, Registered[]>();
  const byId = new Map<number, Registered>();
  const unread = new Set<string>();
  for (const { id, topic, type, source, isReadByNewest } of [...schemas].toSorted(byVersion)) {
    const subject = `${topicPrefix}${topic}-${type.name}`;
    const versions = bySubject.get(subject) ?? [];
    const registered = { subject, version: versions.length + 1, id, schema: source };
    bySubject.set(subject, [...versions, registered]);
    byId.set(id, registered);
    if (!isReadByNewest) unread.add(subject);
  }
  return {
    names: [...bySubject.keys()].toSorted(),
    versionsOf: (subject) => bySubject.get(subject) ?? [],
    byId: (id) => byId.get(id),
    compatibilityOf: (subject) => (unread.has(subject) ? "NONE" : "BACKWARD_TRANSITIVE"),
  };
}

/** Ids are given out ahead, so that a later version may have a lower one. What facts are written with is the last. */
function byVersion(a: Schema, b: Schema): number {
  const placeOf = ({ version = Number.MAX_SAFE_INTEGER }: Schema) => version;
  return placeOf(a) - placeOf(b) || a.id - b.id;
}

/**
 * The version whose schema says the same as a text: spaces, the order of members, and what is only for readers apart.
 * Undefined where there is none; throws a SyntaxError for a text that is no schema.
 */
export function versionOfText(
  versions: readonly Registered[],
  text: string,
): Registered | undefined {
  const asked = sameText(text);
  return versions.find(({ schema }) => sameText(schema) === asked);
}

function sameText(text: string): string {
  const json = parseJson(text);
  if (!json.ok) throw new SyntaxError(json.why);
  const flaw = flawOf(json.value);
  if (flaw !== undefined) throw new SyntaxError(`${flaw.path} ${flaw.detail}`);
  return JSON.stringify(plain(json.value));
}

function plain(value: Json): unknown {
  if (isJsonArray(value)) return value.map(plain);
  if (!isJsonObject(value)) return value;
  const members = Object.keys(value)
    .filter((name) => name !== "doc" && name !== "aliases")
    .toSorted();
  // A primitive type may stand for itself, or in an object of its own.
  if (members.length === 1 && members[0] === "type") return plain(value["type"] ?? null);
  return members.map((name) => [name, plain(value[name] ?? null)]);
}
