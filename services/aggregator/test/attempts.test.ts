import { expect, test } from "vitest";

import { createAttempts } from "../src/attempts.ts";

test("three attempts in vain end in a rest, which is said once, and then there are three again", () => {
  let now = 0;
  const attempts = createAttempts({ now: () => now, restMs: 100 });
  const nextFour = (): string[] => [1, 2, 3, 4].map(() => attempts.next("3/1"));
  expect(nextFour()).toEqual(["try", "try", "try", "give up"]);
  now = 99;
  expect(attempts.next("3/1")).toBe("rest");
  expect(attempts.next("4/1")).toBe("try");
  now = 100;
  expect(nextFour()).toEqual(["try", "try", "try", "give up"]);
});

test("what has helped gives all attempts back, and ends a rest", () => {
  const attempts = createAttempts({ now: () => 0, restMs: 100 });
  attempts.next("3/1");
  attempts.next("3/1");
  attempts.helped("3/1");
  expect([1, 2, 3, 4].map(() => attempts.next("3/1"))).toEqual(["try", "try", "try", "give up"]);
  attempts.helped("3/1");
  expect(attempts.next("3/1")).toBe("try");
});

test("what is abandoned rests for good", () => {
  let now = 0;
  const attempts = createAttempts({ now: () => now, restMs: 100 });
  expect(attempts.isAbandoned("3/1")).toBe(false);
  attempts.abandon("3/1");
  now = 1e12;
  expect([attempts.next("3/1"), attempts.isAbandoned("3/1")]).toEqual(["rest", true]);
});
