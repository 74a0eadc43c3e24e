import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";

/** Between the services and ClickHouse; what it does to them is asked of it. */
export interface Proxy {
  readonly port: number;
  /** Cuts the connection of the next inserts, each when ClickHouse has answered that it has the rows. */
  cutInserts(count: number): void;
  /** Passes everything on again. */
  calm(): void;
  /** Inserts whose answer nobody saw, so far. */
  cut(): number;
  /** Holds every answer back for so long; 0: no longer. */
  delay(ms: number): void;
  /** Takes connections and bytes, and passes nothing on; the end of it resets them, as a network does that comes back. */
  halfOpen(on: boolean): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  isInsert: boolean;
  /** Bytes of it are lost. */
  isTorn: boolean;
}

/** Passes bytes on to a port of this machine. A request at a time on a connection, as HTTP clients send them. */
export async function openProxy(target: number): Promise<Proxy> {
  const pairs = new Set<Pair>();
  let insertsToCut = 0;
  let cut = 0;
  let delayMs = 0;
  let isHalfOpen = false;

  function end(pair: Pair): void {
    pairs.delete(pair);
    pair.client.destroy();
    pair.server.destroy();
  }

  function toServer(pair: Pair, bytes: Buffer): void {
    if (isHalfOpen) {
      pair.isTorn = true;
      return;
    }
    if (bytes.includes("INSERT")) pair.isInsert = true;
    pair.server.write(bytes);
  }

  function toClient(pair: Pair, bytes: Buffer): void {
    if (isHalfOpen) {
      pair.isTorn = true;
      return;
    }
    const isTaken = pair.isInsert && bytes.includes("HTTP/1.1 200");
    pair.isInsert = false;
    if (isTaken && insertsToCut > 0) {
      insertsToCut -= 1;
      cut += 1;
      end(pair);
    } else if (delayMs === 0) pair.client.write(bytes);
    else setTimeout(() => pair.client.write(bytes), delayMs);
  }

  const server = createServer((client) => {
    const pair: Pair = {
      client,
      server: connect(target, "127.0.0.1"),
      isInsert: false,
      isTorn: false,
    };
    pairs.add(pair);
    client.on("data", (bytes: Buffer) => toServer(pair, bytes));
    pair.server.on("data", (bytes: Buffer) => toClient(pair, bytes));
    for (const socket of [client, pair.server]) {
      socket.setNoDelay(true);
      socket.on("error", () => {});
      // An answer that is held back comes before its end.
      socket.once("close", () => setTimeout(() => end(pair), delayMs));
    }
  });
  function halfOpen(on: boolean): void {
    isHalfOpen = on;
    if (!on) for (const pair of pairs) if (pair.isTorn) end(pair);
  }

  const port = await listen(server);
  return {
    port,
    cutInserts: (count) => (insertsToCut += count),
    cut: () => cut,
    delay: (ms) => (delayMs = ms),
    halfOpen,
    calm() {
      insertsToCut = 0;
      delayMs = 0;
      halfOpen(false);
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const pair of pairs) end(pair);
      await closed;
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}
