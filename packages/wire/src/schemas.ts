import { readFileSync } from "node:fs";

import avsc from "avsc";

import { typeHook } from "./bytes.ts";
import { CanonicalJsonType } from "./canonical-json.ts";
import { boundCounts } from "./counts.ts";
import { DecimalType } from "./decimal.ts";
import { isOldForm, type OldForm, oldForms } from "./old-forms.ts";
import { hastenTexts } from "./texts.ts";

export interface Schema {
  /** The id in the frame; frozen in `schemas/ids.json`, never used again for another schema. */
  readonly id: number;
  /** The fact's kind: the schema's name. */
  readonly kind: string;
  /** Undefined for the schema that facts of its kind are written with; older ones, such as `Kind.1.avsc`, say which they are. */
  readonly version: number | undefined;
  readonly topic: string;
  readonly type: avsc.Type;
  /** Whether the newest schema of its kind reads what it wrote, as Avro resolves them; else it is turned into today's form. */
  readonly isReadByNewest: boolean;
  /** The schema as its file says it. */
  readonly source: string;
}

const folder = new URL("../../../schemas/", import.meta.url);

hastenTexts();
boundCounts();

/** Every schema of the contract, by id. */
export const schemas: ReadonlyMap<number, Schema> = loadSchemas();

const schemasByKind = new Map(
  [...schemas.values()]
    .filter(({ version }) => version === undefined)
    .map((schema) => [schema.kind, schema]),
);

const readers = new Map(
  [...schemas.values()]
    .filter(({ version }) => version !== undefined)
    .map((schema) => [schema.id, readerOf(schema)]),
);

/** The schema of a kind of fact. Throws on a kind that has none. */
export function schemaOf(kind: string): Schema {
  const schema = schemasByKind.get(kind);
  if (schema === undefined) throw new Error(`no schema of kind ${kind} in schemas/ids.json`);
  return schema;
}

/**
 * Reads the Avro body that begins at an offset, and says where it ends, -1 where the bytes are too few. What an older
 * schema does not have gets its default; a form that was left is turned into today's.
 */
export function decodeBody(
  { id, type }: Schema,
  frame: Buffer,
  start: number,
): { value: unknown; offset: number } {
  const reader = readers.get(id);
  if (reader === undefined) return type.decode(frame, start);
  const { value, offset } = reader.type.decode(frame, start, reader.resolver);
  return reader.form === undefined || offset === -1
    ? { value, offset }
    : { value: reader.form.renewed(value), offset };
}

/** How bodies of an older schema are read. */
interface Reader {
  readonly type: avsc.Type;
  readonly resolver: ReturnType<avsc.Type["createResolver"]> | undefined;
  readonly form: OldForm | undefined;
}

function readerOf({ kind, version = 0, type }: Schema): Reader {
  const form = oldForms[kind];
  if (form === undefined || !isOldForm(kind, version)) {
    const newest = schemaOf(kind).type;
    return { type: newest, resolver: newest.createResolver(type), form: undefined };
  }
  const last = [...schemas.values()].find(
    (each) => each.kind === kind && each.version === form.version,
  );
  if (last === undefined) throw new Error(`no version ${form.version} of the schema of ${kind}`);
  const resolver = version === form.version ? undefined : last.type.createResolver(type);
  return { type: last.type, resolver, form };
}

function loadSchemas(): Map<number, Schema> {
  const paths = JSON.parse(readFileSync(new URL("ids.json", folder), "utf8")) as Record<
    string,
    string
  >;
  return new Map(
    Object.entries(paths).map(([id, path]) => [Number(id), loadSchema(Number(id), path)]),
  );
}

function loadSchema(id: number, path: string): Schema {
  const source = readFileSync(new URL(path, folder), "utf8");
  const type = avsc.Type.forSchema(
    JSON.parse(source) as avsc.Schema,
    {
      wrapUnions: "never",
      // Times stay plain numbers of microseconds: only decimals and JSON have a form of their own in memory.
      logicalTypes: { decimal: DecimalType, "canonical-json": CanonicalJsonType },
      typeHook,
    } as never,
  );
  const [topic = "", file = ""] = path.split("/");
  const [kind = "", version] = file.replace(/\.avsc$/, "").split(".");
  return {
    id,
    kind,
    version: version === undefined ? undefined : Number(version),
    topic,
    type,
    isReadByNewest: version === undefined || !isOldForm(kind, Number(version)),
    source,
  };
}
