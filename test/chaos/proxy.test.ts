import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";

import { openProxy } from "./proxy.ts";
import type { Proxy } from "./proxy.ts";

/** A server that keeps what it was sent, behind a proxy. */
async function behindProxy(
  use: (
    ask: (statement: string) => Promise<string>,
    proxy: Proxy,
    taken: string[],
  ) => Promise<void>,
): Promise<void> {
  const taken: string[] = [];
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? "/", "http://any").searchParams.get("query") ?? "";
    taken.push(query);
    response.end("done");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy = await openProxy((server.address() as AddressInfo).port);
  const ask = (query: string): Promise<string> =>
    fetch(`http://127.0.0.1:${proxy.port}/?query=${encodeURIComponent(query)}`, {
      method: "POST",
      body: "{}",
    }).then(
      (answer) => answer.text(),
      () => "no answer",
    );
  try {
    await use(ask, proxy, taken);
  } finally {
    await proxy.close();
    server.closeAllConnections();
    server.close();
  }
}

test("an insert arrives, and its answer does not; reading goes on as ever", async () => {
  await behindProxy(async (ask, proxy, taken) => {
    proxy.cutInserts(1);
    expect(await ask("SELECT 1")).toBe("done");
    expect(await ask("INSERT INTO a FORMAT JSONEachRow")).toBe("no answer");
    expect(taken).toContain("INSERT INTO a FORMAT JSONEachRow");
    expect(proxy.cut()).toBe(1);
    expect(await ask("INSERT INTO b FORMAT JSONEachRow")).toBe("done");
  });
});

test("half-open, nothing arrives and nobody is told until the network is back", async () => {
  await behindProxy(async (ask, proxy, taken) => {
    proxy.halfOpen(true);
    const asked = ask("SELECT 2");
    expect(await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 300))])).toBe(
      undefined,
    );
    proxy.halfOpen(false);
    expect(await asked).toBe("no answer");
    expect(taken).toEqual([]);
    expect(await ask("SELECT 3")).toBe("done");
  });
});
