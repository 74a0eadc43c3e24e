import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { readPositions } from "../src/usage/positions.ts";

test("the positions of all instances are put together; of one that is away, or says nothing, there are none", async () => {
  await using other = await answering({ cut: 3, positions: { 1: 17, 3: -1 } });
  await using silent = await answering({ cut: 3 });
  const urls = [other.url, silent.url, "http://127.0.0.1:1"];
  expect(await readPositions(() => ({ 0: 5, 2: 8 }), urls)).toEqual(
    new Map([
      [0, 5],
      [1, 17],
      [2, 8],
      [3, -1],
    ]),
  );
});

/** An instance that answers `/progress` so. */
async function answering(progress: object): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, reply) => {
    reply.end(request.url === "/progress" ? JSON.stringify(progress) : "nothing");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
