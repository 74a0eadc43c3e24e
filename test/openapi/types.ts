import path from "node:path";
import type { JsonSchema, OpenApi } from "@tallybook/service";

/** Where the client has them. */
export const typesFile = path.join(import.meta.dirname, "../../packages/client/src/openapi.ts");

const head = `// Written by \`npm run types\` from the routes' own descriptions, as GET /openapi.json has them: nothing here is changed by hand.
`;

/** The API's document as types: its schemas, and of each operation what it takes and answers. One line for each. */
export function typesOf({ paths, components }: OpenApi): string {
  const schemas = Object.entries(components["schemas"] ?? {}).map(([name, schema]) =>
    member(name, schema as JsonSchema, true),
  );
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const name = JSON.stringify(`${method.toUpperCase()} ${path}`);
      return `  ${comment(operation["summary"])}readonly ${name}: ${operationType(operation)};`;
    }),
  );
  return `${head}
/** What the API's document calls by a name. */
export interface Schemas {
${schemas.map((line) => `  ${line}`).join("\n")}
}

/** By method and path: what an operation takes, and what it answers where it is done. */
export interface Operations {
${operations.join("\n")}
}
`;
}

function operationType(operation: JsonSchema): string {
  const {
    parameters = [],
    requestBody,
    responses,
  } = operation as {
    readonly parameters?: readonly Parameter[];
    readonly requestBody?: Content;
    readonly responses: Readonly<Record<string, Content>>;
  };
  const fields = (place: Parameter["in"]) =>
    `{ ${parameters
      .filter((each) => each.in === place)
      .map(({ name, schema, required }) => member(name, schema, required === true))
      .join(" ")} }`;
  const done = Object.entries(responses).filter(([status]) => status.startsWith("2"));
  const answers = union(done.map(([, response]) => contentType(response)));
  const body = requestBody === undefined ? "undefined" : contentType(requestBody);
  return `{ readonly path: ${fields("path")}; readonly query: ${fields("query")}; readonly headers: ${fields("header")}; readonly body: ${body}; readonly answer: ${answers} }`;
}

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly schema: JsonSchema;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>>;
}

/** The client sends and reads JSON; where a route has none of it, text. */
function contentType({ content = {} }: Content): string {
  const [first] = Object.values(content);
  if (first === undefined) return "undefined";
  const json = content["application/json"];
  return json === undefined ? "string" : typeOf(json.schema ?? {});
}

function member(name: string, schema: JsonSchema, isRequired: boolean): string {
  const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
  const optional = isRequired ? ":" : "?:";
  return `${comment(schema["description"])}readonly ${key}${optional} ${typeOf(schema)};`;
}

function comment(text: unknown): string {
  return typeof text === "string"
    ? `/** ${text.replaceAll("*/", "*\\/").replaceAll(/\s+/g, " ")} */ `
    : "";
}

function typeOf(schema: JsonSchema): string {
  const { $ref: reference, const: fixed, enum: words, anyOf, oneOf, allOf } = schema;
  if (typeof reference === "string")
    return `Schemas[${JSON.stringify(reference.split("/").at(-1))}]`;
  if (fixed !== undefined) return JSON.stringify(fixed);
  if (Array.isArray(words)) return union(words.map((word) => JSON.stringify(word)));
  const own = ownType(schema);
  const options = (anyOf ?? oneOf) as readonly JsonSchema[] | undefined;
  const all = (allOf ?? []) as readonly JsonSchema[];
  const parts = [
    ...(own === undefined ? [] : [own]),
    ...(options === undefined ? [] : [`(${union(options.map(typeOf))})`]),
    ...all.map((each) => `(${typeOf(each)})`),
  ];
  return parts.length === 0 ? "unknown" : parts.join(" & ");
}

/** Of the keywords that say a type themselves; undefined where none does. */
function ownType(schema: JsonSchema): string | undefined {
  const { type, properties } = schema;
  const types = Array.isArray(type) ? (type as string[]) : [type as string | undefined];
  if (types[0] === undefined && properties === undefined) return undefined;
  return union(types.map((each) => plainType(each ?? "object", schema)));
}

function plainType(type: string, schema: JsonSchema): string {
  switch (type) {
    case "integer":
    case "number":
      return "number";
    case "array":
      return `readonly (${typeOf((schema["items"] ?? {}) as JsonSchema)})[]`;
    case "object":
      return objectType(schema);
    default:
      return type;
  }
}

function objectType({ properties, required, additionalProperties: more }: JsonSchema): string {
  const needed = new Set((required ?? []) as string[]);
  const fields = Object.entries((properties ?? {}) as Record<string, JsonSchema>).map(
    ([name, schema]) => member(name, schema, needed.has(name)),
  );
  if (fields.length > 0) return `{ ${fields.join(" ")} }`;
  const values = typeof more === "object" ? typeOf(more as JsonSchema) : "unknown";
  return `{ readonly [name: string]: ${values} }`;
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(" | ") || "never";
}
