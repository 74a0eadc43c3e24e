import { defineConfig } from "vitest/config";

/** Everything but the tests of the whole road: rules, properties, and each package on its own. */
export default defineConfig({
  test: {
    include: [
      "{packages,services}/*/test/**/*.test.ts",
      "infra/local/test/**/*.test.ts",
      "test/{tidy,vectors,simulation,contract,conformance,chaos}/**/*.test.ts",
    ],
    testTimeout: 20_000,
    hookTimeout: 90_000,
    retry: 0,
    // Some compute, some wait for engines: on two cores as well, two at a time take half as long.
    maxWorkers: 2,
  },
});
