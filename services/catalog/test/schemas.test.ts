import { createHttpServer, createLogger } from "@tallybook/service";
import { schemas, schemaOf } from "@tallybook/wire";
import { expect, test } from "vitest";
import { parseBody } from "../src/routes.ts";
import { addSchemaRoutes } from "../src/schema-routes.ts";
import { subjectsOf } from "../src/schema-subjects.ts";

const reported = "usage.raw-tallybook.UsageReported";
const { source } = schemaOf("UsageReported");

function registry(prefix = "") {
  const logger = createLogger("catalog", () => {});
  const server = createHttpServer({ logger, bodyBytesMax: 1_000_000, parseBody });
  addSchemaRoutes(server, subjectsOf(schemas.values(), prefix));
  return async (method: "GET" | "POST" | "PUT" | "DELETE", url: string, body?: unknown) => {
    const payload = body === undefined ? {} : { payload: JSON.stringify(body) };
    const answer = await server.inject({ method, url: `/registry${url}`, ...payload });
    expect(answer.headers["content-type"]).toBe("application/vnd.schemaregistry.v1+json");
    return { status: answer.statusCode, body: answer.json<unknown>() };
  };
}

test.each([
  ["/subjects?subjectPrefix=usage.raw-", 3],
  ["/subjects", new Set([...schemas.values()].map(({ kind }) => kind)).size],
])("%s lists %i subjects", async (url, count) => {
  const { status, body } = await registry()("GET", url);
  expect(status).toBe(200);
  expect(body).toHaveLength(count);
  expect(body).toContain(reported);
});

const whole = { subject: reported, version: 3, id: 201, schema: source };
const old = schemas.get(1)?.source ?? "";
const first = { subject: reported, version: 1, id: 1, schema: old };

test.each([
  [`/subjects/${reported}/versions`, [1, 2, 3]],
  [`/subjects/${reported}/versions/1`, first],
  [`/subjects/${reported}/versions/3`, whole],
  [`/subjects/${reported}/versions/latest`, whole],
  [`/subjects/${reported}/versions/-1`, whole],
  [
    "/subjects/journal-tallybook.TransactionPosted/versions/6",
    {
      subject: "journal-tallybook.TransactionPosted",
      version: 6,
      id: 661,
      schema: schemas.get(661)?.source,
    },
  ],
  [`/subjects/${reported}/versions/latest/schema`, JSON.parse(source)],
  ["/schemas/ids/1", { schema: old }],
  ["/schemas/ids/201", { schema: source }],
  [`/schemas/ids/1?subject=${reported}`, { schema: old }],
  ["/schemas/ids/1/schema", JSON.parse(old)],
  ["/schemas/ids/1/subjects", [reported]],
  ["/schemas/ids/1/versions", [{ subject: reported, version: 1 }]],
  ["/schemas/types", ["AVRO"]],
  ["/config", { compatibilityLevel: "BACKWARD_TRANSITIVE" }],
  [`/config/${reported}`, { compatibilityLevel: "BACKWARD_TRANSITIVE" }],
  // Prices have another form than they had: each version reads what it wrote.
  ["/config/catalog-tallybook.PlanPublished", { compatibilityLevel: "NONE" }],
  ["/mode", { mode: "READONLY" }],
])("%s is answered", async (url, body) => {
  expect(await registry()("GET", url)).toEqual({ status: 200, body });
});

test.each([
  ["GET", "/subjects/nobody/versions", 404, 40401],
  ["GET", "/subjects/nobody/versions/1", 404, 40401],
  ["GET", "/config/nobody", 404, 40401],
  ["GET", `/subjects/${reported}/versions/4`, 404, 40402],
  ["GET", `/subjects/${reported}/versions/0`, 422, 42202],
  ["GET", `/subjects/${reported}/versions/newest`, 422, 42202],
  ["GET", "/schemas/ids/4", 404, 40403],
  ["GET", "/schemas/ids/first", 404, 40403],
  ["GET", "/elsewhere", 404, 404],
  ["POST", `/subjects/${reported}/versions`, 422, 42205],
  ["DELETE", `/subjects/${reported}`, 422, 42205],
  ["PUT", "/config", 422, 42205],
  ["PUT", "/mode", 422, 42205],
] as const)("%s %s has the status %i and the code %i", async (method, url, status, code) => {
  expect(await registry()(method, url, { schema: source })).toMatchObject({
    status,
    body: { error_code: code, message: expect.any(String) },
  });
});

const parsed = JSON.parse(source) as { fields: { name: string }[]; doc: string };

test.each([
  ["as it is", source],
  ["without spaces and words", JSON.stringify({ ...parsed, doc: undefined })],
  ["in another order", JSON.stringify(Object.fromEntries(Object.entries(parsed).toReversed()))],
  ["with a type in an object", source.replace('"type": "string"', '"type": {"type": "string"}')],
])("a schema is found %s", async (_how, schema) => {
  expect(await registry()("POST", `/subjects/${reported}`, { schema })).toEqual({
    status: 200,
    body: whole,
  });
});

test.each([
  ["another schema", reported, '"string"', 404, 40403],
  ["a field less", reported, JSON.stringify({ ...parsed, fields: [] }), 404, 40403],
  ["no JSON", reported, "{", 422, 42201],
  ["what is nested too deep", reported, "[".repeat(5_000) + "]".repeat(5_000), 422, 42201],
  ["no text", reported, 7, 422, 42201],
  ["a schema of nobody", "nobody", source, 404, 40401],
])("%s is not found", async (_what, subject, schema, status, code) => {
  expect(await registry()("POST", `/subjects/${subject}`, { schema })).toMatchObject({
    status,
    body: { error_code: code },
  });
});

test("subjects name the topics as Kafka knows them", async () => {
  expect(await registry("run-1.")("GET", "/schemas/ids/1/subjects")).toMatchObject({
    body: [`run-1.${reported}`],
  });
});
