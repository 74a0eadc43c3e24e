import { applyExample } from "@tallybook/cli";
import { startStack } from "@tallybook/testkit";
import { expect, test } from "vitest";
import { askByDocument } from "../fuzz/schemathesis.ts";

test("whatever the document allows, and what it does not, is answered as it says", async () => {
  await using stack = await startStack();
  await applyExample(stack.target, {});
  const { code, said } = await askByDocument({ ...stack.target, bound: { examples: 4 }, seed: 1 });
  expect(code, said).toBe(0);
});
