import { Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";

/** What the deployment answers. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

export interface Onward {
  /** Rejects where no whole answer comes in time. */
  send(request: {
    readonly method: string;
    readonly path: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: Buffer;
  }): Promise<Answer>;
  close(): void;
}

const answerMsMax = 60_000;
const answerBytesMax = 64 * 1024 * 1024;

/** The deployment behind a spooler, over connections that are kept open. `url` may have a path, which goes before all others. */
export function createOnward(url: URL, connectionsMax: number): Onward {
  const isSecure = url.protocol === "https:";
  const options = { keepAlive: true, maxSockets: connectionsMax };
  const agent = isSecure ? new SecureAgent(options) : new PlainAgent(options);
  const begin = isSecure ? secureRequest : plainRequest;
  const prefix = url.pathname.replace(/\/+$/, "");
  return {
    send({ method, path, headers, body }) {
      return new Promise((resolve, reject) => {
        const outgoing = begin({
          agent,
          protocol: url.protocol,
          hostname: url.hostname,
          port: url.port,
          method,
          path: prefix + path,
          headers: [...headers.flat(), "host", url.host, "content-length", String(body.length)],
        });
        const late = setTimeout(
          () => outgoing.destroy(new Error(`no answer within ${answerMsMax} ms`)),
          answerMsMax,
        );
        outgoing.once("close", () => clearTimeout(late));
        outgoing.once("error", reject);
        outgoing.once("response", (incoming) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          incoming.on("data", (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > answerBytesMax) outgoing.destroy(new Error("the answer is too large"));
            else chunks.push(chunk);
          });
          incoming.once("error", reject);
          incoming.once("close", () => {
            if (!incoming.complete) return reject(new Error("the answer broke off"));
            const { statusCode: status = 502, headers: answered } = incoming;
            resolve({ status, headers: answered, body: Buffer.concat(chunks) });
          });
        });
        outgoing.end(body);
      });
    },
    close: () => agent.destroy(),
  };
}
