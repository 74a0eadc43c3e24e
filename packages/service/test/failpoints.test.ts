import { expect, test } from "vitest";
import { createFailpoints } from "../src/index.ts";

test("without a specification nothing happens", () => {
  for (const none of [undefined, ""]) expect(() => createFailpoints(none)("any")).not.toThrow();
});

test("throws at the named hit, and at no other", () => {
  const at = createFailpoints("journal.appended:throw:2");
  at("journal.appended");
  at("elsewhere");
  expect(() => at("journal.appended")).toThrow("fail point journal.appended");
  at("journal.appended");
});

test.each(["a", "a:kill", "a:kill:0", "a:burn:1", "a:kill:1,", "a b:kill:1"])(
  "refuses the specification %j",
  (specification) => {
    expect(() => createFailpoints(specification)).toThrow("FAILPOINT has");
  },
);
