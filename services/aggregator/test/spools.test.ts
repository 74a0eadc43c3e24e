import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createSpools } from "../src/spools.ts";

const servers: Server[] = [];
const going = new AbortController().signal;

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

test("a cut is complete when every ingest says that nothing is pending", async () => {
  const spools = createSpools([await ingest(0), await ingest(0)]);
  expect(await spools.ask()).toEqual({
    spools: [
      { ingest: "ingest-0", pending: 0 },
      { ingest: "ingest-1", pending: 0 },
    ],
    complete: true,
  });
});

test("without an ingest every cut is complete", async () => {
  expect(await createSpools([]).untilEmpty(going)).toEqual({ spools: [], complete: true });
});

test("no answer, an answer without a number, and a spool that stays full make it incomplete", async () => {
  const urls = [await ingest(0), "http://127.0.0.1:1", await ingest("soon"), await ingest(7)];
  const spools = createSpools(urls, { emptyMsMax: 50, pauseMs: 10 });
  const seen = await spools.untilEmpty(going);
  expect(seen.complete).toBe(false);
  expect(seen.spools.map(({ pending }) => pending)).toEqual([0, -1, -1, 7]);
});

test("a spool that is being drained is waited for", async () => {
  let pending = 3;
  const url = await ingest(() => (pending -= 1));
  const spools = createSpools([url], { emptyMsMax: 10_000, pauseMs: 5 });
  expect(await spools.untilEmpty(going)).toEqual({
    spools: [{ ingest: "ingest-0", pending: 0 }],
    complete: true,
  });
});

test("what is damaged is not waited for, and keeps the cut incomplete", async () => {
  const spools = createSpools([await ingest(2, 2)], { emptyMsMax: 60_000, pauseMs: 60_000 });
  expect((await spools.untilEmpty(going)).complete).toBe(false);
});

/** An ingest that says how much it has in its spool. */
async function ingest(pending: unknown, damaged = 0): Promise<string> {
  const server = createServer((request, answer) => {
    const now: unknown = typeof pending === "function" ? pending() : pending;
    answer.end(request.url === "/spool" ? JSON.stringify({ pending: now, damaged }) : "{}");
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
