import { expect, test } from "vitest";

import { becomeActive, createLogger } from "../src/index.ts";

test("until it is the active one an instance answers probes alone, and its lease closes with its scope", async () => {
  const closers = new AsyncDisposableStack();
  const held = Promise.withResolvers<void>();
  const said: string[] = [];
  let isActive = false;
  let isClosed = false;
  const lease = {
    held: () => held.promise,
    isSure: () => isActive,
    close: async () => {
      isClosed = true;
    },
  };
  const becoming = becomeActive(
    {
      open: (resource, close) =>
        closers.adopt(resource, async (opened) => {
          await close(opened);
        }),
      stopping: new AbortController().signal,
      logger: createLogger("sample", (line) => said.push(line)),
    },
    {
      host: "127.0.0.1",
      port: 0,
      log: { endOffset: async () => 3 },
      made: "catalog",
      seek: (onDoubt) => {
        onDoubt(new Error("no broker answers"));
        return lease;
      },
    },
  );
  await expect.poll(() => said.length).toBe(2);
  const [doubt, standby] = said.map((line) => JSON.parse(line) as { msg: string; url: string });
  expect(said[0]).toContain("no broker answers");
  expect([doubt?.msg, standby?.msg]).toEqual(["waiting for Kafka", "standby"]);
  const ask = (path: string) => fetch(`${standby?.url}${path}`);
  expect((await ask("/livez")).status).toBe(200);
  const ready = await ask("/readyz");
  expect([ready.status, await ready.json()]).toMatchObject([503, { status: "standby" }]);
  expect((await ask("/v1/anything")).status).toBe(503);
  isActive = true;
  held.resolve();
  const { checks } = await becoming;
  await expect(ask("/livez")).rejects.toThrow("fetch failed");
  expect([await checks.kafka(), isClosed]).toEqual([null, false]);
  await closers.disposeAsync();
  expect(isClosed).toBe(true);
});

test("Kafka is not ready before the deployment is made", async () => {
  const { checks } = await becomeActive(
    {
      open: (resource) => resource,
      stopping: new AbortController().signal,
      logger: createLogger("sample", () => {}),
    },
    {
      host: "127.0.0.1",
      port: 0,
      log: { endOffset: async () => 0 },
      made: "catalog",
      seek: () => ({ held: async () => {}, isSure: () => true, close: async () => {} }),
    },
  );
  expect(await checks.kafka()).toBe("the topic catalog is empty");
});
