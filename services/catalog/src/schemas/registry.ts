import {
  Contents,
  type Description,
  type JsonSchema,
  listOf,
  output,
  text,
  whole,
} from "@tallybook/service";

/** What a schema registry answers with. */
export const registryType = "application/vnd.schemaregistry.v1+json";

const error = output({ error_code: whole(100, 99_999), message: text });
const schemaId = whole(1, 2_147_483_647);
const version = output({ subject: text, version: schemaId, id: schemaId, schema: text });
const avro: JsonSchema = { type: ["object", "string", "array"] };
const compatibility = output({ compatibilityLevel: text });

/** By the path behind `/registry`. */
export const registryRoutes = {
  "/subjects": {
    ...read("Lists the subjects", listOf(text), []),
    query: { subjectPrefix: { type: "string" } },
  },
  "/subjects/:subject/versions": read("Lists a subject's versions", listOf(schemaId)),
  "/subjects/:subject/versions/:version": read("Gets a version of a subject", version, [404, 422]),
  "/subjects/:subject/versions/:version/schema": read("Gets its schema alone", avro, [404, 422]),
  "/schemas/ids/:id": read("Gets the schema that an id of a frame means", output({ schema: text })),
  "/schemas/ids/:id/schema": read("Gets the schema of an id alone", avro),
  "/schemas/ids/:id/subjects": read("Lists the subjects of an id", listOf(text)),
  "/schemas/ids/:id/versions": read(
    "Lists the versions of an id",
    listOf(output({ subject: text, version: schemaId })),
  ),
  "/schemas/types": read("Lists the kinds of schemas", listOf(text), []),
  "/config": read("Tells the compatibility", compatibility, []),
  "/config/:subject": read("Tells a subject's compatibility", compatibility),
  "/mode": read("Tells that schemas are read-only here", output({ mode: text }), []),
} as const satisfies Readonly<Record<string, Description>>;

/** Of `POST /registry/subjects/:subject`. */
export const lookUp: Description = {
  ...read("Looks a schema up among a subject's versions", version, [404, 422]),
  body: new Contents({
    [registryType]: schemaBody(),
    "application/json": schemaBody(),
  }),
};

function schemaBody(): JsonSchema {
  return output({ schema: text }, { schemaType: { enum: ["AVRO", null] } });
}

function read(summary: string, answer: JsonSchema, errors: readonly number[] = [404]): Description {
  const failures = errors.map((status) => [status, new Contents({ [registryType]: error })]);
  return {
    summary,
    about: "In the words of Confluent's schema registry.",
    tag: "Schema registry",
    answers: {
      200: new Contents({ [registryType]: answer }),
      ...(Object.fromEntries(failures) as Readonly<Record<number, Contents>>),
    },
    ownErrors: true,
    // Of addresses that cannot be read, bodies that are too large, and a standby.
    problems: [400, 413, 503],
  };
}
