import { afterEach, beforeEach, expect, test } from "vitest";
import { createAccess } from "../src/access.ts";
import { Contents, described } from "../src/described.ts";
import { createHttpServer, type HttpServer, listen } from "../src/http-server.ts";
import { input, named, output, text } from "../src/json-schema.ts";
import { createLogger } from "../src/logger.ts";
import { mergeOpenApi, type OpenApi, openApiOf } from "../src/openapi.ts";

const access = createAccess(() => undefined);
const readers = { onRequest: [access.allow("analyst", "admin")] };
const thing = named("Thing", output({ thing: text }));
const describedThing = described(readers, {
  summary: "Gets a thing",
  tag: "Things",
  answers: { 200: thing },
});

let server: HttpServer;

beforeEach(() => {
  server = createHttpServer({ logger: createLogger("test", () => {}), bodyBytesMax: 1 });
});

afterEach(() => server.close());

function operation(document: OpenApi, path: string, method = "get") {
  const found = document.paths[path]?.[method];
  if (found === undefined) throw new Error(`no ${method} ${path}`);
  return found as {
    responses: object;
    parameters: object[];
    security: object[];
    requestBody: object;
  };
}

test("a route tells whom it lets in, its path's names, and the problems that follow from them", () => {
  server.get("/v1/things/:id", describedThing, () => ({}));
  const { responses, parameters, security, ...rest } = operation(
    openApiOf(server),
    "/v1/things/{id}",
  );
  expect(Object.keys(responses)).toEqual(["200", "400", "401", "403", "404", "503"]);
  expect(responses).toMatchObject({
    200: { content: { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } } },
    404: { content: { "application/problem+json": {} } },
  });
  expect(parameters).toMatchObject([{ name: "id", in: "path", required: true }]);
  expect(security).toEqual([{ bearer: [] }, { key: [] }]);
  expect(rest).toMatchObject({
    operationId: "get_v1_things_id",
    "x-roles": ["analyst", "admin"],
    description: "Roles: analyst, admin.",
  });
});

test("a schema with a name stands once; two with one name are refused", () => {
  server.get("/v1/a", describedThing, () => ({}));
  server.get("/v1/b", describedThing, () => ({}));
  expect(openApiOf(server).components["schemas"]).toMatchObject({
    Thing: { type: "object", required: ["thing"] },
  });
  const other = named("Thing", output({ other: text }));
  const third = described({}, { summary: "s", tag: "t", answers: { 200: other } });
  server.get("/v1/c", third, () => ({}));
  expect(() => openApiOf(server)).toThrow("two schemas are called Thing");
});

test("a command has the header and the problems of its hooks, and a GET beside it has not", () => {
  const command = { headers: { "Idempotency-Key": text }, problems: [422] };
  const admins = { onRequest: [access.allow("admin")], config: { command } };
  const adds = { summary: "Adds", tag: "t", body: input({}, { a: text }), answers: { 201: null } };
  server.post("/v1/a", described(admins, adds), () => ({}));
  server.get("/v1/a", described(admins, { ...adds, body: text }), () => ({}));
  const document = openApiOf(server);
  const post = operation(document, "/v1/a", "post");
  expect(post).toMatchObject({ parameters: [{ name: "Idempotency-Key", in: "header" }] });
  expect(post.requestBody).toMatchObject({ required: false });
  expect(post.responses).toHaveProperty("422");
  expect(operation(document, "/v1/a")).toMatchObject({ parameters: [] });
});

test("other content types are told by name", () => {
  const lines = new Contents({ "application/x-ndjson": text });
  const takes = described({}, { summary: "s", tag: "t", body: lines, answers: { 200: lines } });
  server.post("/v1/lines", takes, () => "");
  expect(operation(openApiOf(server), "/v1/lines", "post")).toMatchObject({
    requestBody: { required: true, content: { "application/x-ndjson": {} } },
    responses: { 200: { content: { "application/x-ndjson": {} } } },
  });
});

test("documents are merged, but not where two answer the same or differ in a schema", () => {
  server.get("/v1/a", describedThing, () => ({}));
  const one = openApiOf(server);
  expect(() => mergeOpenApi([one, one])).toThrow("two services answer get /v1/a");
  const { paths: _, ...rest } = one;
  expect(mergeOpenApi([one, { ...rest, paths: {} }])).toEqual(one);
  const components = { schemas: { Thing: {} } };
  expect(() => mergeOpenApi([one, { ...rest, paths: {}, components }])).toThrow("a schema Thing");
});

test("a path that is there refuses other methods with 405, and says which it takes", async () => {
  server.get("/v1/things/:id", describedThing, () => ({}));
  const url = await listen(server, { port: 0 });
  for (const method of ["POST", "DELETE", "PUT", "OPTIONS", "QUERY"]) {
    const answer = await fetch(`${url}/v1/things/a`, { method });
    expect([method, answer.status, answer.headers.get("allow")]).toEqual([
      method,
      405,
      "GET, HEAD",
    ]);
  }
  expect((await fetch(`${url}/v1/things`)).status).toBe(404);
  expect((await fetch(`${url}/openapi.json`)).status).toBe(200);
});
