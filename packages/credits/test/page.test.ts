import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { played } from "./page.ts";

const page = readFileSync(path.join(import.meta.dirname, "../../../docs/credits.md"), "utf8");
const examples = [...page.matchAll(/^```credits\n([^]*?)\n```$/gm)].map(([, text = ""]) => text);

test("docs/credits.md has examples, each with an answer", () => {
  expect(examples.length).toBeGreaterThanOrEqual(8);
  for (const example of examples) expect(example).toMatch(/^ {2}\S/m);
});

test.each(examples.map((example) => [example.split("\n")[0], example] as const))(
  "docs/credits.md: the example that begins with %s",
  (_first, example) => expect(played(example)).toBe(example),
);
