import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { createFailpoints, failpointNames } from "../src/index.ts";

const root = path.join(import.meta.dirname, "../../..");

test("without a specification nothing happens", () => {
  for (const none of [undefined, ""])
    expect(() => createFailpoints(none)("rater.read")).not.toThrow();
});

test("throws at the named hit, and at no other", () => {
  const at = createFailpoints("rater.appended:throw:2");
  at("rater.appended");
  at("rater.read");
  expect(() => at("rater.appended")).toThrow("fail point rater.appended");
  at("rater.appended");
});

test.each(["a", "a:kill", "a:kill:0", "a:burn:1", "rater.read:kill:1,", "a b:kill:1"])(
  "refuses the specification %j",
  (specification) => {
    expect(() => createFailpoints(specification)).toThrow("FAILPOINT has");
  },
);

test("a fail point that nobody reaches is refused, with the list of those there are", () => {
  expect(() => createFailpoints("rater.read:kill:1,aggregator.insertd:kill:3")).toThrow(
    /^FAILPOINT names aggregator\.insertd, which nobody reaches\. There are: ingest\.parsed, .*log\.produced\.$/,
  );
});

test("every fail point of the list is reached in the code, and none that is not in it", () => {
  const files = globSync(["services/*/src/**/*.ts", "packages/*/src/**/*.ts"], { cwd: root });
  const reached = files.flatMap((file) =>
    [
      ...readFileSync(path.join(root, file), "utf8").matchAll(
        /\b(?:reached|failpoint)\(\s*"([^"]+)",?\s*\)/g,
      ),
    ].map(([, name]) => name),
  );
  expect(new Set(reached)).toEqual(new Set(failpointNames));
});
