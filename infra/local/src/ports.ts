import { randomInt } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { createServer } from "node:net";

/**
 * Ports that this process has given out, each with the socket that says so to others who ask: its UDP port of the same
 * number. Who listens on TCP there is not in its way, and it is free again when this process ends, however it ends.
 */
const claims = new Map<number, Socket>();

const triesMax = 1_000;

/**
 * Below what systems give to whoever connects without asking for a port (from 32,768 on Linux, 49,152 elsewhere): a port of those
 * could be such a connection's by the time that we listen there.
 */
const [portMin, portEnd] = [10_000, 32_768];

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
    const port = randomInt(portMin, portEnd);
    if (claims.has(port) || !(await listensOnce(port))) continue;
    if (await claim(port)) ports.push(port);
  }
  return ports;
}

/** Whether nobody listens at a port of the loopback interface, and nobody else has claimed it; if so, it is claimed here. */
export async function claimPort(port: number): Promise<boolean> {
  if (!claims.has(port) && !(await claim(port))) return false;
  if (await listensOnce(port)) return true;
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

/** Listens there for a moment; no where somebody else does. */
function listensOnce(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
