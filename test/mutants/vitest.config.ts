import path from "node:path";
import { defineConfig } from "vitest/config";

/** The packages under test are those of the copy, and not those of the project. */
const root = process.env["MUTANTS_ROOT"] ?? "";

export default defineConfig({
  root,
  resolve: {
    alias: Object.fromEntries(
      ["money", "pricing"].map((name) => [
        `@tallybook/${name}`,
        path.join(root, "packages", name, "src", "index.ts"),
      ]),
    ),
  },
  test: { include: ["packages/*/test/**/*.test.ts"], bail: 1, retry: 0, testTimeout: 60_000 },
});
