import { createSocket, type Socket } from "node:dgram";
import { type AddressInfo, createServer } from "node:net";

/**
 * Ports that this process has given out, each with the socket that says so to others who ask: its UDP port of the same
 * number. Who listens on TCP there is not in its way, and it is free again when this process ends, however it ends.
 */
const claims = new Map<number, Socket>();

const triesMax = 1_000;

/**
 * Finds `count` TCP ports of the loopback interface that nobody listens on. Nobody else who asks here gets them as long as
 * this process lives, also before somebody listens there, and while that one is started again.
 *
 * Throws where there are none.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tries = 0; ports.length < count; tries += 1) {
    if (tries === triesMax) throw new Error(`there are no ${count} free ports on 127.0.0.1`);
    const port = await listenOnce(0);
    if (port !== undefined && !claims.has(port) && (await claim(port))) ports.push(port);
  }
  return ports;
}

/** Whether nobody listens at a port of the loopback interface, and nobody else has claimed it; if so, it is claimed here. */
export async function claimPort(port: number): Promise<boolean> {
  if (!claims.has(port) && !(await claim(port))) return false;
  if ((await listenOnce(port)) !== undefined) return true;
  claims.get(port)?.close();
  claims.delete(port);
  return false;
}

function claim(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => {
    socket.once("error", () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address: "127.0.0.1", exclusive: true }, () => {
      socket.unref();
      claims.set(port, socket);
      resolve(true);
    });
  });
}

/** Listens there for a moment, and tells the port; undefined where somebody else does. 0: any port. */
function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => {
      const { port: found } = server.address() as AddressInfo;
      server.close(() => resolve(found));
    });
  });
}
