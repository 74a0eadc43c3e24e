import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { verifyMessage } from "@tallybook/invoice";

export type WebhookListener = {
  readonly url: string;
  close(): Promise<void>;
};

const bodyBytesMax = 1024 * 1024;

/**
 * A receiver on this machine that verifies what comes and prints it: 204 where the signature is by the secret, 400 where it is not.
 * `status`: answered to what is good, to see what the sender makes of it.
 */
export async function openWebhookListener(given: {
  readonly port: number;
  readonly secret: string;
  readonly status: number;
  readonly print: (line: string) => void;
}): Promise<WebhookListener> {
  const { print, secret, status } = given;
  const server = createServer((incoming, outgoing) => {
    void take(incoming, outgoing).catch((error: unknown) => {
      print(`✗ ${(error as Error).message}`);
      outgoing.destroy();
    });
  });

  async function take(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming);
    const header = (name: string) => String(incoming.headers[name] ?? "");
    const id = header("webhook-id");
    const verified = verifyMessage(
      { id, timestamp: header("webhook-timestamp"), body },
      header("webhook-signature"),
      secret,
      Math.floor(Date.now() / 1_000),
    );
    const type = typeOf(body);
    const why = verified.kind === "refused" ? verified.why : "its body is no JSON";
    if (verified.kind === "refused" || type === undefined) {
      print(`✗ ${id || "without an id"}: ${why}`);
      outgoing.writeHead(400, { "content-type": "text/plain" }).end(`${why}\n`);
      return;
    }
    print(`✓ ${id} ${type}`);
    print(`  ${body}`);
    outgoing.writeHead(status).end();
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(given.port, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) throw new Error(`a body of more than ${bodyBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Undefined where it is no JSON. */
function typeOf(body: string): string | undefined {
  try {
    const { type } = JSON.parse(body) as { readonly type?: unknown };
    return typeof type === "string" ? type : "without a type";
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
