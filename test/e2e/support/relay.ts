import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";

/** Somewhere else that answers as ClickHouse does. */
export async function relay(to: {
  readonly host: string;
  readonly http_port: string;
}): Promise<AsyncDisposable & { port: number; connections(): number }> {
  let connections = 0;
  const server = createServer((client) => {
    connections += 1;
    const onward = connect(Number(to.http_port), to.host);
    client.pipe(onward).pipe(client);
    for (const one of [client, onward]) one.on("error", () => one.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}
