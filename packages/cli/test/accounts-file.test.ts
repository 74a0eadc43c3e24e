import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, expect, test } from "vitest";

import { readAccountRules } from "../src/journal-export/accounts-file.ts";

const dir = mkdtempSync(path.join(tmpdir(), "tally-accounts-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function rulesOf(text: string) {
  const file = path.join(dir, "accounts.yaml");
  writeFileSync(file, text);
  return readAccountRules(file);
}

test("an account map has rules for everybody, for an entity and for the tenant's own books", () => {
  expect(
    rulesOf(`
accounts:
  - { entity: gmbh, from: "assets:bank", to: "Assets:DE:Bank" }
  - { entity: null, from: "assets:bank", to: "Assets:US:Bank" }
  - { from: "**", to: "**" }
`),
  ).toEqual([
    { entity: "gmbh", from: "assets:bank", to: "Assets:DE:Bank" },
    { entity: null, from: "assets:bank", to: "Assets:US:Bank" },
    { from: "**", to: "**" },
  ]);
});

test.each([
  ["accounts: []", "has a list `accounts` of rules"],
  ['accounts: [{ from: "a", to: "b", entities: "x" }]', "{ entity: NAME, from: …, to: … }"],
  ['accounts: [{ from: "a", to: "b", entity: [x] }]', "{ entity: NAME, from: …, to: … }"],
  [
    'accounts:\n  - { from: "a", to: "b" }\n  - { entity: gmbh, from: "a", to: "c" }',
    "accounts.yaml:3: rule 2: `from: a` is rule 1 already",
  ],
])("%s is refused, and says what is wrong", (text, words) => {
  expect(() => rulesOf(text)).toThrow(words);
});
