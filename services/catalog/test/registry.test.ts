import { createMemoryLog, LogUnavailable, type Log, type OutRecord } from "@tallybook/log";
import { decode, topics } from "@tallybook/wire";
import { expect, test } from "vitest";
import { applyDocument } from "../src/orders/apply.ts";
import { requestCut } from "../src/orders/deployment.ts";
import { openRegistry } from "../src/registry.ts";

type Fault = "lost" | "landed";

/** A log whose next commits end in an error, with or without effect; nobody is told which. */
async function troubledLog(faults: Fault[]) {
  const memory = createMemoryLog();
  await memory.prepareTopics([{ topic: topics.catalog, partitions: 1 }]);
  let opened = 0;
  const log: Log = {
    ...memory,
    async transactor(id) {
      opened += 1;
      const transactor = await memory.transactor(id);
      return {
        ...transactor,
        async commit(records: readonly OutRecord[]) {
          const fault = faults.shift();
          if (fault !== "lost") await transactor.commit(records);
          if (fault !== undefined) throw new LogUnavailable(fault);
        },
      };
    },
  };
  const kinds = () => memory.recordsOf(topics.catalog, 0).map(({ value }) => decode(value).kind);
  return { log, kinds, opened: () => opened };
}

const by = { tenant: "acme", actor: "key-1" };
const customer = applyDocument({ customers: [{ customer: "c" }] });

test.each([
  ["that is lost", ["lost"]],
  ["that landed all the same", ["landed"]],
  ["that is lost and then lands", ["lost", "landed"]],
] satisfies [string, Fault[]][])("a commit %s is there once", async (_what, faults) => {
  const { log, kinds, opened } = await troubledLog([...faults]);
  const registry = await openRegistry(log, () => 0, { idleMs: 1 });
  const executed = await registry.execute(customer, by);
  expect(executed).toMatchObject({ kind: "done", offset: 0 });
  expect(kinds()).toEqual(["CustomerCreated"]);
  expect(opened()).toBe(1 + faults.length);
  await registry.close();
});

test("an order that was given up on is settled before the next one is decided", async () => {
  const { log, kinds } = await troubledLog(["lost", "lost", "landed"]);
  const registry = await openRegistry(log, () => 0, { idleMs: 1 });
  await expect(registry.execute(customer, by)).rejects.toThrow("landed");
  expect(await registry.execute(customer, by)).toMatchObject({ kind: "done", facts: [] });
  expect(kinds()).toEqual(["CustomerCreated"]);
  await registry.close();
});

test("a command whose outcome nobody was told is found when it is sent again", async () => {
  const { log, kinds } = await troubledLog(["lost", "lost", "landed"]);
  const registry = await openRegistry(log, () => 0, { idleMs: 1 });
  const command = { key: "k", step: 0, request: Buffer.alloc(32) };
  await expect(registry.execute(customer, by, command)).rejects.toThrow("landed");
  const again = await registry.execute(customer, by, command);
  expect(again).toMatchObject({ facts: [{ kind: "CustomerCreated" }], isRepeated: true });
  const other = { ...command, request: Buffer.alloc(32, 1) };
  expect(await registry.execute(customer, by, other)).toMatchObject({ kind: "used_otherwise" });
  expect(kinds()).toEqual(["CommandAnswered", "CustomerCreated"]);
  await registry.close();
});

test("orders beyond the bound are turned away, those before it are not harmed", async () => {
  const { log, kinds } = await troubledLog([]);
  const registry = await openRegistry(log, () => 0, { idleMs: 1 });
  const orders = Array.from({ length: 201 }, () => registry.execute(requestCut({}), by));
  await expect(orders.pop()).rejects.toThrow("orders wait");
  await Promise.all(orders);
  expect(kinds()).toHaveLength(200);
  await registry.close();
});
