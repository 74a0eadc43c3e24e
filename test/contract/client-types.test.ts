import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openApiOfAll } from "../openapi/document.ts";
import { typesFile, typesOf } from "../openapi/types.ts";

test("the client's types are what the document says now", () => {
  const isCurrent = readFileSync(typesFile, "utf8") === typesOf(openApiOfAll());
  expect(isCurrent, "run `npm run types`, and look at what changed for those who call").toBe(true);
});
