import { expect, test } from "vitest";

import { openDeduper } from "../src/index.ts";
import { createPartition, start } from "./partition.ts";
import { createEverlastingStore } from "./stores.ts";

test("a store that knows more than the log has stops the service: the log has lost records", async () => {
  const { log, grounds, passBarrier } = await createPartition();
  await passBarrier(start, {});
  const store = createEverlastingStore();
  await store.apply({ claims: [], ranged: [], windows: [], position: 1, committed: 0 });
  const options = { log, store, grounds, transactions: true, now: () => 0, reached: () => {} };
  await expect(openDeduper(options)).rejects.toThrow(
    "partition 0 of usage.raw ends at 1, but offset 1 was decided: the log has lost records",
  );
});
