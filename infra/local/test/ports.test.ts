import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { claimPort, freePorts } from "../src/index.ts";

test("ports that were given out differ, and can be listened on", async () => {
  const ports = [...(await freePorts(20)), ...(await freePorts(20))];
  expect(new Set(ports).size).toBe(40);
  // Those above are given to connections of anybody, at any time.
  expect(ports.filter((port) => port >= 32_768)).toEqual([]);
  await Promise.all(ports.map(listening).map(async (server) => (await server).close()));
});

test("a port that was given out is nobody else's until its process ends, and then anybody's", async () => {
  const source = new URL("../src/ports.ts", import.meta.url).href;
  const script = `import { freePorts } from ${JSON.stringify(source)}; console.log(await freePorts(1)); setInterval(() => {}, 1e6);`;
  const other = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = (await once(other.stdout, "data")) as [Buffer];
  const [port] = JSON.parse(said.toString()) as [number];
  expect(await claimPort(port)).toBe(false);
  other.kill("SIGKILL");
  await once(other, "exit");
  expect(await claimPort(port)).toBe(true);
  // Once more: it is ours.
  expect(await claimPort(port)).toBe(true);
});

test("a port that somebody listens on is not free", async () => {
  const server = await listening(0);
  const { port } = server.address() as { port: number };
  expect(await claimPort(port)).toBe(false);
  server.close();
  await once(server, "close");
  expect(await claimPort(port)).toBe(true);
});

async function listening(port: number): Promise<ReturnType<typeof createServer>> {
  const server = createServer();
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}
