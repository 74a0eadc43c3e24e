import { expect, test } from "vitest";
import { askByDocument } from "../fuzz/schemathesis.ts";
import { startAskedStack } from "../fuzz/stage.ts";

test("whatever the document allows, and what it does not, is answered as it says", async () => {
  await using stack = await startAskedStack();
  const course = { ...stack.target, known: stack.known, bound: { examples: 2 }, seed: 1 };
  const { code, said } = await askByDocument(course);
  expect(code, said).toBe(0);
});
