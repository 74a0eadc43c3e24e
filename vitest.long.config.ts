import { defineConfig } from "vitest/config";

/** What takes minutes to hours: random kills, soaks, and many seeds. */
export default defineConfig({
  test: {
    include: [
      "test/long/**/*.test.ts",
      "test/chaos/**/*.test.ts",
      "test/e2e/spool.test.ts",
      "packages/pricing/test/second-opinion.test.ts",
    ],
    env: { KAFKA_AWAY_SECONDS: "300", SECOND_OPINION_PAIRS: "100000" },
    passWithNoTests: true,
    fileParallelism: false,
    testTimeout: 3_600_000,
    hookTimeout: 180_000,
    retry: 0,
  },
});
