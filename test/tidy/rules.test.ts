import { describe, expect, test } from "vitest";
import { arrows, declared, nodePrefix, owners, pureImports, relative } from "./imports.ts";
import { type Rule, sourceFile, type Workspace } from "./project.ts";
import { exactMoney, namedExports, nothingLeftToDo, oneBarrel, pure, shortFiles } from "./text.ts";

const workspaces = {
  pricing: workspace("packages/pricing", "@tallybook/pricing", ["@tallybook/money"]),
  rater: workspace("services/rater", "@tallybook/service-rater", ["@tallybook/log"]),
};

function workspace(dir: string, name: string, dependencies: string[]): Workspace {
  return {
    dir,
    name,
    dependencies: new Set(dependencies),
    devDependencies: new Set(["@tallybook/testkit"]),
  };
}

type Example = {
  readonly rule: Rule;
  readonly of: keyof typeof workspaces;
  readonly file?: string;
  readonly breaks: readonly string[];
  readonly keeps: readonly string[];
};

const examples: Readonly<Record<string, Example>> = {
  "an undeclared import": {
    rule: declared,
    of: "rater",
    breaks: [
      'import { a } from "left-pad";',
      'export * from "@tallybook/money";',
      'import type { T } from "@tallybook/testkit";',
      'const a = await import("vitest");',
      'import "@scope/name/deep";',
    ],
    keeps: ['import { a } from "@tallybook/log";', 'import fs from "node:fs";', 'import "./a.ts";'],
  },
  "an undeclared import of a test": {
    rule: declared,
    of: "rater",
    file: "services/rater/test/a.test.ts",
    breaks: ['import { a } from "left-pad";'],
    keeps: ['import { test } from "vitest";', 'import { a } from "@tallybook/testkit";'],
  },
  "a module of Node without its prefix": {
    rule: nodePrefix,
    of: "rater",
    breaks: ['import fs from "fs";'],
    keeps: ['import fs from "node:fs";'],
  },
  "an arrow of the domain": {
    rule: arrows,
    of: "pricing",
    breaks: ['import { a } from "@tallybook/journal";', 'import { a } from "@tallybook/log";'],
    keeps: ['import { a } from "@tallybook/money";', 'import { a } from "@tallybook/usage";'],
  },
  "an arrow between services": {
    rule: arrows,
    of: "rater",
    breaks: ['import { a } from "@tallybook/service-deduper";'],
    keeps: ['import { a } from "@tallybook/log";', 'import { a } from "@tallybook/invoice";'],
  },
  "a vendor with another owner": {
    rule: owners,
    of: "rater",
    breaks: ['import { Kafka } from "kafkajs";', 'import "@chdb/lib-linux-x64-gnu/package.json";'],
    keeps: ['import { connectLog } from "@tallybook/log";'],
  },
  "an impure import": {
    rule: pureImports,
    of: "pricing",
    breaks: ['import fs from "node:fs";', 'import { a } from "left-pad";'],
    keeps: ['import { createHash } from "node:crypto";'],
  },
  "an impurity": {
    rule: pure,
    of: "pricing",
    breaks: [
      "const now = Date.now();",
      "const now = new Date();",
      "Math.random();",
      "process.env;",
      "console.log(1);",
      "await fetch(url);",
      "a.localeCompare(b);",
      "new Intl.DateTimeFormat();",
    ],
    keeps: [
      "const at = new Date(micros / 1_000);",
      "// not Date.now()",
      'const text = "Math.random()";',
      "/** The process that\n * console.log tells of. */",
    ],
  },
  "money as a number": {
    rule: exactMoney,
    of: "pricing",
    breaks: ["parseFloat(text);", "Number(text);"],
    keeps: ["isNumber(text);", "// Number(text)"],
  },
  "a vague relative import": {
    rule: relative,
    of: "rater",
    breaks: [
      'import { a } from "./a";',
      'import { a } from "./a.js";',
      'import { a } from "../../deduper/src/a.ts";',
    ],
    keeps: ['import { a } from "./a.ts";', 'import { a } from "../src/deep/a.ts";'],
  },
  "a long file": {
    rule: shortFiles,
    of: "rater",
    breaks: ["a;\n".repeat(401)],
    keeps: ["a;\n".repeat(400), `// Written by \`npm run types\`.\n${"a;\n".repeat(400)}`],
  },
  "a second barrel": {
    rule: oneBarrel,
    of: "rater",
    breaks: [
      'export { a } from "./a.ts";\nexport type { B } from "./b.ts";\n',
      'export * from "./a.ts";',
    ],
    keeps: ['export { a } from "./a.ts";\nexport const b = 1;', "export function a() {}"],
  },
  "a second index.ts": {
    rule: oneBarrel,
    of: "rater",
    file: "services/rater/src/routes/index.ts",
    breaks: ["export const a = 1;"],
    keeps: [],
  },
  "something left to do": {
    rule: nothingLeftToDo,
    of: "rater",
    breaks: [["// TO", "DO: later"].join("")],
    keeps: ["const todos = 1;"],
  },
  "a default export": {
    rule: namedExports,
    of: "rater",
    breaks: ["export default function () {}"],
    keeps: ["export function named() {}"],
  },
};

describe.each(Object.entries(examples))("%s", (_name, { rule, of, file, breaks, keeps }) => {
  const offences = (text: string): number => {
    const owner = workspaces[of];
    return rule([sourceFile(owner, file ?? `${owner.dir}/src/sample.ts`, text)]).length;
  };
  test("is found", () => {
    for (const text of breaks) expect(offences(text), text).toBeGreaterThan(0);
  });
  test("is not seen where there is none", () => {
    for (const text of keeps) expect(offences(text), text).toBe(0);
  });
});
