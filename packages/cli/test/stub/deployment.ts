import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

export interface Came {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface StubDeployment extends AsyncDisposable {
  readonly url: string;
  /** What came, in its order, whatever it was answered. */
  readonly came: readonly Came[];
  /** What the next requests are answered; 200 with `{}` when nothing is said. */
  answer: (request: Came) => number | undefined | Promise<number | undefined>;
  /** Resolves when so many requests have come. */
  untilCame(count: number): Promise<void>;
}

/** Somebody who takes requests; a port that was given before is taken again. */
export async function stubDeployment(port = 0): Promise<StubDeployment> {
  const came: Came[] = [];
  let waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const stub: Pick<StubDeployment, "answer"> = { answer: () => undefined };
  const server = createServer((incoming, outgoing) => void take(incoming, outgoing));

  async function take(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method = "", url: path = "", headers } = incoming;
    const request = { method, path, headers, body: Buffer.concat(chunks).toString() };
    const status = (await deployment.answer(request)) ?? 200;
    came.push(request);
    outgoing.writeHead(status, { "content-type": "application/json" }).end(`{"status":${status}}`);
    for (const { count, resolve } of waiting) if (came.length >= count) resolve();
    waiting = waiting.filter(({ count }) => count > came.length);
  }

  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const deployment: StubDeployment = {
    ...stub,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    came,
    untilCame(count) {
      if (came.length >= count) return Promise.resolve();
      return new Promise((resolve) => waiting.push({ count, resolve }));
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return deployment;
}
