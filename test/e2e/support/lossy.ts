import { once } from "node:events";
import { createServer, request as sendRequest } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * Somewhere else that passes requests on, and loses the answer of the first post of each body: that one is answered with
 * 503, although it has arrived. Whoever sends it again sends a repeat.
 */
export async function lossy(
  to: string,
): Promise<AsyncDisposable & { url: string; lost(): number }> {
  const seen = new Set<string>();
  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.once("end", () => {
      const body = Buffer.concat(parts);
      const { method, url, headers } = incoming;
      const onward = sendRequest(new URL(url ?? "/", to), { method, headers }, (answer) => {
        const key = `${url} ${body.toString("latin1")}`;
        const isLost = method === "POST" && !seen.has(key);
        seen.add(key);
        if (isLost) {
          answer.resume();
          outgoing.writeHead(503, { "retry-after": "0" }).end("{}");
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.once("error", () => outgoing.destroy());
      onward.end(body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lost: () => seen.size,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
