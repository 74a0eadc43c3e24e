import { type AddressInfo, createServer } from "node:net";

/**
 * Finds `count` TCP ports of the loopback interface that nobody listens on.
 *
 * They are all held open until all are known, so that they differ; somebody else may still take one afterwards.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
