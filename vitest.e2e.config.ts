import { BaseSequencer, type TestSpecification } from "vitest/node";
import { defineConfig } from "vitest/config";

/** Files that take longest, the longest first: begun last, one of them would run alone at the end. */
const longest = ["chaos", "engines", "instances", "spool", "road", "doctored"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return at === -1 ? longest.length : at;
    };
    return files.toSorted((one, other) => place(one) - place(other));
  }
}

/**
 * Tests of the whole road, two files side by side: each starts engines of its own, on ports and in folders that nobody
 * else has, and mostly waits. Within a file one test comes after the other.
 */
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts"],
    passWithNoTests: true,
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 180_000,
    hookTimeout: 180_000,
    retry: 0,
  },
});
