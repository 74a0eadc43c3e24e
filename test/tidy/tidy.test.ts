import { expect, test } from "vitest";
import { arrows, declared, nodePrefix, owners, pureImports, relative } from "./imports.ts";
import { readProject, type Rule } from "./project.ts";
import { exactMoney, namedExports, nothingLeftToDo, oneBarrel, pure, shortFiles } from "./text.ts";

const files = readProject();

const rules: Readonly<Record<string, Rule>> = {
  "what is imported is declared": declared,
  "Node's modules are imported with node:": nodePrefix,
  "the arrows of the layout point one way": arrows,
  "each vendor has one owner": owners,
  "the domain imports nothing that is not pure": pureImports,
  "the domain is pure": pure,
  "money is never a number": exactMoney,
  "relative imports name a file of the package": relative,
  "files are short": shortFiles,
  "a package has one barrel": oneBarrel,
  "nothing is left to do": nothingLeftToDo,
  "exports have names": namedExports,
};

test("there are files to look at", () => {
  expect(files.length).toBeGreaterThan(50);
});

test.each(Object.entries(rules))("%s", (_rule, rule) => {
  const offences = rule(files).map(
    ({ file, line, what, remedy }) => `${file}:${line} ${what}: ${remedy}.`,
  );
  expect(offences).toEqual([]);
});
