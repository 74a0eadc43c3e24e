import { routesOf } from "@tallybook/service";
import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { openApiOfAll, publicServers } from "../openapi/document.ts";
import { lineAt, readProject } from "./project.ts";

const remedy = "pass described(hooks, { summary, tag, … }) between its path and its handler";

test("every public route is described", () => {
  const bare = [...publicServers()].flatMap(([service, server]) =>
    routesOf(server)
      .filter(({ url, description }) => isPublic(url) && description === undefined)
      .map(({ method, url }) => `${service}: ${method} ${url}: ${remedy}`),
  );
  expect(bare).toEqual([]);
});

test("every public route that a service writes down is in the document", () => {
  const { paths } = openApiOfAll();
  const missing = readProject()
    .filter(({ path, isSource }) => isSource && path.startsWith("services/"))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/server\s*\.(get|post|put|patch|delete)\(\s*"([^"]+)"/g)]
        .filter(([, , url = ""]) => isPublic(url))
        .filter(([, method = "", url = ""]) => paths[templateOf(url)]?.[method] === undefined)
        .map((found) => `${path}:${lineAt(text, found.index)} ${found[1]} ${found[2]}`),
    );
  const where = "add what adds the route to test/openapi/document.ts";
  expect(missing.map((each) => `${each}: ${where}`)).toEqual([]);
});

test("the document is a valid one of OpenAPI 3.1", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone({ ...openApiOfAll() }));
  expect(errors ?? []).toEqual([]);
  expect([valid, validator.version]).toEqual([true, "3.1"]);
});

test("every operation has a name of its own, says who may use it, and documents its problems", () => {
  const operations = Object.values(openApiOfAll().paths).flatMap((methods) =>
    Object.values(methods),
  );
  const names = operations.map(({ operationId }) => operationId);
  expect(new Set(names).size).toBe(names.length);
  for (const operation of operations) expect(operation["x-roles"]).toBeInstanceOf(Array);
  const keyed = operations.filter(({ "x-roles": roles }) => (roles as string[]).length > 0);
  for (const { responses } of keyed) expect(responses).toMatchObject({ 401: {}, 403: {}, 503: {} });
});

/** For people and programs outside; the rest is for probes and for other services. */
function isPublic(url: string): boolean {
  return /^\/(v1|admin|registry|api)\//.test(url) && !url.endsWith("*");
}

function templateOf(url: string): string {
  return url.replaceAll(/:(\w+)/g, "{$1}");
}
