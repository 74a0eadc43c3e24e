import { described, type HttpReply, type HttpRequest, type HttpServer } from "@tallybook/service";
import { isJsonObject, parseJson } from "@tallybook/usage";
import { lookUp, registryRoutes, registryType } from "./schemas/registry.ts";
import { versionOfText, type Registered, type Subjects } from "./schema-subjects.ts";

/** Of a schema that is looked up. */
const bodyBytesMax = 256 * 1024;

/** What stands in an error answer of a schema registry. */
class RegistryError extends Error {
  override readonly name = "RegistryError";
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The schemas, read-only, under `/registry` in the words of Confluent's schema registry, so that its serializers, and
 * tools that know it, find what the ids in our frames mean. Without a key: they are the contract, and public.
 */
export function addSchemaRoutes(server: HttpServer, subjects: Subjects): void {
  function get(path: keyof typeof registryRoutes, answer: (request: HttpRequest) => unknown): void {
    server.get(`/registry${path}`, described({}, registryRoutes[path]), (request, reply) =>
      tell(reply, () => answer(request)),
    );
  }

  function versionsOf(request: HttpRequest): readonly Registered[] {
    const { subject } = paramsOf(request);
    const versions = subjects.versionsOf(subject);
    if (versions.length === 0) throw new RegistryError(40401, `Subject '${subject}' not found.`);
    return versions;
  }

  function versionOf(request: HttpRequest): Registered {
    const { version } = paramsOf(request);
    const versions = versionsOf(request);
    const isLatest = version === "latest" || version === "-1";
    if (!isLatest && !/^[1-9]\d{0,9}$/.test(version)) {
      const message = `The specified version '${version}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`;
      throw new RegistryError(42202, message);
    }
    const found = isLatest ? versions.at(-1) : versions[Number(version) - 1];
    if (found === undefined) throw new RegistryError(40402, `Version ${version} not found.`);
    return found;
  }

  function byId(request: HttpRequest): Registered {
    const { id } = paramsOf(request);
    const found = /^\d{1,10}$/.test(id) ? subjects.byId(Number(id)) : undefined;
    if (found === undefined) throw new RegistryError(40403, `Schema ${id} not found`);
    return found;
  }

  get("/subjects", (request) => {
    const { subjectPrefix = "" } = request.query as { readonly subjectPrefix?: string };
    return subjects.names.filter((name) => name.startsWith(subjectPrefix));
  });
  get("/subjects/:subject/versions", (request) =>
    versionsOf(request).map(({ version }) => version),
  );
  get("/subjects/:subject/versions/:version", (request) => ({ ...versionOf(request) }));
  get("/subjects/:subject/versions/:version/schema", (request) =>
    JSON.parse(versionOf(request).schema),
  );
  get("/schemas/ids/:id", (request) => ({ schema: byId(request).schema }));
  get("/schemas/ids/:id/schema", (request) => JSON.parse(byId(request).schema));
  get("/schemas/ids/:id/subjects", (request) => [byId(request).subject]);
  get("/schemas/ids/:id/versions", (request) => {
    const { subject, version } = byId(request);
    return [{ subject, version }];
  });
  get("/schemas/types", () => ["AVRO"]);
  get("/config", () => ({ compatibilityLevel: "BACKWARD_TRANSITIVE" }));
  get("/config/:subject", (request) => {
    const [{ subject } = { subject: "" }] = versionsOf(request);
    return { compatibilityLevel: subjects.compatibilityOf(subject) };
  });
  get("/mode", () => ({ mode: "READONLY" }));

  server.post(
    "/registry/subjects/:subject",
    described({ bodyLimit: bodyBytesMax }, lookUp),
    (request, reply: HttpReply) =>
      tell(reply, () => {
        const found = versionOfText(versionsOf(request), schemaIn(request));
        if (found === undefined) throw new RegistryError(40403, "Schema not found");
        return { ...found };
      }),
  );
  server.all("/registry/*", { bodyLimit: bodyBytesMax }, (request, reply) =>
    tell(reply, () => {
      if (request.method === "GET" || request.method === "HEAD")
        throw new RegistryError(404, "HTTP 404 Not Found");
      const message = "The registry is read-only: schemas change with the files in schemas/";
      throw new RegistryError(42205, message);
    }),
  );
}

function tell(reply: HttpReply, answer: () => unknown): HttpReply {
  try {
    return send(reply, 200, answer());
  } catch (error) {
    const known = error instanceof SyntaxError ? invalid(error.message) : error;
    if (!(known instanceof RegistryError)) throw error;
    const status = known.code < 1_000 ? known.code : Math.floor(known.code / 100);
    return send(reply, status, { error_code: known.code, message: known.message });
  }
}

function send(reply: HttpReply, status: number, body: unknown): HttpReply {
  return reply
    .code(status)
    .header("content-type", registryType)
    .send(Buffer.from(JSON.stringify(body)));
}

function schemaIn(request: HttpRequest): string {
  const json = parseJson(Buffer.isBuffer(request.body) ? request.body.toString() : "");
  const body = json.ok && isJsonObject(json.value) ? json.value : {};
  const { schema, schemaType = "AVRO" } = body;
  if (typeof schema !== "string") throw invalid("the body has no text `schema`");
  if (schemaType !== "AVRO" && schemaType !== null) throw invalid("schemaType is not AVRO");
  return schema;
}

function invalid(why: string): RegistryError {
  return new RegistryError(42201, `Invalid schema: ${why}`);
}

type Params = { readonly subject: string; readonly version: string; readonly id: string };

function paramsOf(request: HttpRequest): Params {
  return request.params as Params;
}
