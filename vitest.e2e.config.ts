import { defineConfig } from "vitest/config";

/** Tests of the whole road, one after the other: each has the machine, and its engines, to itself. */
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts"],
    passWithNoTests: true,
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    retry: 0,
  },
});
