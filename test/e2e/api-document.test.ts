import { expect, test } from "vitest";
import { askByDocument } from "../fuzz/schemathesis.ts";
import { startAskedStack } from "../fuzz/stage.ts";

test("whatever the document allows, and what it does not, is answered as it says", async () => {
  await using stack = await startAskedStack();
  const { code, said } = await askByDocument({ ...stack.target, bound: { examples: 2 }, seed: 1 });
  expect(code, said).toBe(0);
});
