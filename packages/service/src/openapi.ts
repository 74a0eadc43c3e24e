import { STATUS_CODES } from "node:http";
import { Contents, type Description } from "./described.ts";
import type { HttpServer } from "./http-server.ts";
import { type JsonSchema, listOf, named, nameOf, output, text, whole } from "./json-schema.ts";
import { type Route, routesOf } from "./routes.ts";

/** An OpenAPI 3.1 document, as far as it is looked into here. */
export interface OpenApi {
  readonly openapi: string;
  readonly info: JsonSchema;
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const info = {
  title: "Tallybook",
  version: "0.1.0",
  description:
    "Usage events into money, every cent provable. Errors are application/problem+json (RFC 9457) with what to do about them. Numbers that have to be exact are texts.",
  license: { name: "Apache-2.0", identifier: "Apache-2.0" },
};

const securitySchemes = {
  bearer: { type: "http", scheme: "bearer", description: "`Authorization: Bearer KEY`" },
  key: { type: "apiKey", in: "header", name: "X-API-Key" },
};

/** The document of the routes that a server has and that are described. */
export function openApiOf(server: HttpServer): OpenApi {
  const schemas = new Schemas();
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const route of routesOf(server)) {
    if (route.description === undefined) continue;
    const path = templateOf(route.url);
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = operationOf(route, route.description, schemas);
  }
  return documentOf(paths, schemas.byName());
}

/** One document of several services' ones. Throws where two of them tell differently of one thing. */
export function mergeOpenApi(documents: readonly OpenApi[]): OpenApi {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  const schemas: Record<string, unknown> = {};
  for (const document of documents) {
    for (const [path, methods] of Object.entries(document.paths)) {
      paths[path] ??= {};
      for (const [method, operation] of Object.entries(methods)) {
        if (method in paths[path]) throw new Error(`two services answer ${method} ${path}`);
        paths[path][method] = operation;
      }
    }
    for (const [name, schema] of Object.entries(document.components["schemas"] ?? {})) {
      if (name in schemas && JSON.stringify(schemas[name]) !== JSON.stringify(schema)) {
        throw new Error(`two services have a schema ${name}, and they differ: name one anew`);
      }
      schemas[name] = schema;
    }
  }
  return documentOf(paths, schemas);
}

function documentOf(
  paths: Readonly<Record<string, Record<string, JsonSchema>>>,
  schemas: Readonly<Record<string, unknown>>,
): OpenApi {
  const sorted = Object.fromEntries(Object.entries(paths).toSorted(byKey));
  const byName = Object.fromEntries(Object.entries(schemas).toSorted(byKey));
  return {
    openapi: "3.1.0",
    info,
    paths: sorted,
    components: { schemas: byName, securitySchemes },
  };
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** Schemas with a name stand once, and are referred to. */
class Schemas {
  readonly #sources = new Map<string, object>();
  readonly #written = new Map<string, unknown>();

  byName(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(this.#written);
  }

  refer(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map((each) => this.refer(each));
    if (typeof schema !== "object" || schema === null) return schema;
    const name = nameOf(schema);
    if (name === undefined) return this.#membersOf(schema);
    const known = this.#sources.get(name);
    if (known === undefined) {
      this.#sources.set(name, schema);
      this.#written.set(name, this.#membersOf(schema));
    } else if (known !== schema) {
      throw new Error(`two schemas are called ${name}: name one of them anew`);
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  #membersOf(schema: object): object {
    return Object.fromEntries(
      Object.entries(schema).map(([keyword, value]) => [keyword, this.refer(value)]),
    );
  }
}

function operationOf(route: Route, of: Description, schemas: Schemas): JsonSchema {
  const { roles } = route;
  const allowed = roles.length === 0 ? "No key is asked for." : `Roles: ${roles.join(", ")}.`;
  return {
    operationId: `${route.method.toLowerCase()}${templateOf(route.url).replaceAll(/\W+/g, "_").replace(/_$/, "")}`,
    summary: of.summary,
    description: [of.about, allowed].filter((each) => each !== undefined).join("\n\n"),
    tags: [of.tag],
    ...(roles.length === 0 ? { security: [] } : { security: [{ bearer: [] }, { key: [] }] }),
    "x-roles": roles,
    parameters: parametersOf(route, of, schemas),
    ...(of.body !== undefined && { requestBody: bodyOf(of.body, schemas) }),
    responses: responsesOf(route, of, schemas),
  };
}

function parametersOf(route: Route, of: Description, schemas: Schemas): JsonSchema[] {
  const inPath = namesInPath(route.url).map((name) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string", minLength: 1 },
  }));
  const placed = (place: string, fields: Readonly<Record<string, JsonSchema>> = {}) =>
    Object.entries(fields).map(([name, schema]) => ({
      name,
      in: place,
      required: of.needed?.includes(name) ?? false,
      schema: schemas.refer(schema),
    }));
  return [...inPath, ...placed("query", of.query), ...placed("header", of.headers)];
}

function bodyOf(body: JsonSchema | Contents, schemas: Schemas): JsonSchema {
  const isRequired = body instanceof Contents || "required" in body || !("properties" in body);
  return { required: isRequired, content: contentOf(body, schemas) };
}

function contentOf(schema: JsonSchema | Contents, schemas: Schemas): JsonSchema {
  const byType = schema instanceof Contents ? schema.byType : { "application/json": schema };
  return Object.fromEntries(
    Object.entries(byType).map(([type, each]) => [type, { schema: schemas.refer(each) }]),
  );
}

function responsesOf(route: Route, of: Description, schemas: Schemas): JsonSchema {
  const answers = Object.entries(of.answers).map(([status, schema]) => [
    status,
    {
      description: STATUS_CODES[Number(status)] ?? "Answer",
      ...(schema !== null && { content: contentOf(schema, schemas) }),
    },
  ]);
  const problems = problemsOf(route, of).map((status) => [
    String(status),
    {
      description: STATUS_CODES[status] ?? "Problem",
      content: { "application/problem+json": { schema: schemas.refer(problem) } },
    },
  ]);
  return Object.fromEntries([...problems, ...answers]) as JsonSchema;
}

function problemsOf(route: Route, of: Description): number[] {
  if (of.ownErrors === true) return [...(of.problems ?? [])];
  const statuses = new Set([503, ...(of.problems ?? [])]);
  const hasPath = namesInPath(route.url).length > 0;
  const isRead = hasPath || [of.query, of.headers, of.body].some((part) => part !== undefined);
  if (isRead) statuses.add(400);
  if (route.roles.length > 0) statuses.add(401).add(403);
  if (hasPath) statuses.add(404);
  if (of.body !== undefined) statuses.add(413);
  return [...statuses].toSorted((a, b) => a - b);
}

const problem = named("Problem", {
  ...output(
    { type: text, title: text, status: whole(400, 599) },
    {
      detail: { type: "string", description: "What happened this time, and what to do." },
      errors: listOf(
        named(
          "FieldProblem",
          output({ field: { type: ["string", "null"] }, reason: text, detail: text }),
        ),
      ),
    },
  ),
  description: "RFC 9457. Of an unfit request, `errors` names every field that is wrong.",
});

function namesInPath(url: string): string[] {
  return [...url.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
}

function templateOf(url: string): string {
  return url.replaceAll(/:(\w+)/g, "{$1}");
}
