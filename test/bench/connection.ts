import { connect } from "node:net";
import type { Socket } from "node:net";

/**
 * One kept-alive HTTP connection that sends a request, waits for its answer, and then sends the next. Node's own client
 * takes as much processor time for a small request as the service does; here the load must not be what is measured.
 */
export interface Connection {
  /** Resolves once the answer is complete. Rejects unless it is 200 or 204, or when the connection breaks. JSON unless a type is given. */
  post(path: string, body: string, type?: string): Promise<void>;
  close(): void;
}

const headEnd = "\r\n\r\n";

export async function openConnection(url: URL, key: string): Promise<Connection> {
  const socket = await connected(url);
  let received = "";
  let waiting: { path: string; resolve: () => void; reject: (error: Error) => void } | undefined;

  function settle(error?: Error): void {
    const { resolve, reject } = waiting ?? {};
    waiting = undefined;
    if (error === undefined) resolve?.();
    else reject?.(error);
  }

  socket.on("data", (chunk: string) => {
    received += chunk;
    const status = completeStatus(received);
    if (status === undefined) return;
    const path = waiting?.path ?? "";
    const answer = received;
    received = "";
    settle(
      status === 200 || status === 204
        ? undefined
        : new Error(`${path} answers ${answer.slice(0, 500)}`),
    );
  });
  socket.on("error", (error) => settle(error));
  socket.on("close", () => settle(new Error("the connection was closed")));

  return {
    post(path, body, type = "application/json") {
      return new Promise((resolve, reject) => {
        waiting = { path, resolve, reject };
        const head = `POST ${path} HTTP/1.1\r\nhost: ${url.host}\r\nauthorization: Bearer ${key}\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}${headEnd}`;
        socket.write(head + body);
      });
    },
    close: () => socket.destroy(),
  };
}

function connected(url: URL): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    // The answers are ASCII, so a character is a byte.
    socket.setEncoding("latin1");
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}

/** The status of an answer that has come whole; undefined while it has not. */
function completeStatus(received: string): number | undefined {
  const end = received.indexOf(headEnd);
  if (end < 0) return undefined;
  const head = received.slice(0, end).toLowerCase();
  const status = Number(head.slice(9, 12));
  // It has no body, and says nothing of its length.
  if (status === 204) return status;
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
  if (length !== undefined)
    return received.length >= end + headEnd.length + Number(length) ? status : undefined;
  return received.endsWith(`0${headEnd}`) ? status : undefined;
}
