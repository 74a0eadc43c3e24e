import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { createOutbound } from "@tallybook/service";
import type { OutboundRequest, Resolve } from "@tallybook/service";
import { afterEach, describe, expect, test } from "vitest";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function answering(answer: RequestListener): Promise<number> {
  const made = createServer(answer);
  server = made;
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  return (made.address() as AddressInfo).port;
}

function asking(url: string, more: Partial<OutboundRequest> = {}): OutboundRequest {
  const usual = { method: "POST", headers: {}, body: Buffer.from("{}"), msMax: 2_000 } as const;
  return { url, ...usual, answerBytesMax: 100, ...more };
}

const named =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

describe("what is not public is refused before anything is sent", () => {
  test.each([
    "http://127.0.0.1/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://0.0.0.0/",
    "https://10.0.0.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://198.19.0.1/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::]/",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[64:ff9b::a00:1]/",
    "https://[2002:a00:1::]/",
    "https://[fd00::1]/",
    "https://[fe80::1]/",
    "https://[ff02::1]/",
    "https://[100::1]/",
    "https://[200::1]/",
    "https://[5f00::1]/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "no address",
  ])("%s", async (url) => {
    expect(await createOutbound([]).send(asking(url))).toMatchObject({ kind: "refused" });
  });

  test.each([["10.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["93.184.216.34", "fe80::1%eth0"]])(
    "a name that is %s",
    async (...addresses) => {
      const outbound = createOutbound([], named(...addresses));
      expect(await outbound.send(asking("https://hooks.example/"))).toMatchObject({
        kind: "refused",
        detail: expect.stringContaining("no public address") as string,
      });
    },
  );

  test.each(["93.184.216.34", "2606:2800:220:1::1"])("public %s without TLS", async (address) => {
    const outbound = createOutbound([], named(address));
    expect(await outbound.send(asking("http://hooks.example/"))).toMatchObject({
      kind: "refused",
      detail: expect.stringContaining("TLS") as string,
    });
  });

  test("and nothing tells where a name leads to, or a password", async () => {
    const outbound = createOutbound([], named("10.20.30.40"));
    const answers = [
      await outbound.send(asking("https://db.internal.example/")),
      await outbound.send(asking("https://user:secret@hooks.example/")),
    ];
    expect(answers).toMatchObject([{ kind: "refused" }, { kind: "refused" }]);
    expect(JSON.stringify(answers)).not.toMatch(/10\.20|secret/);
  });

  test("what is no network is no permission", () => {
    expect(() => createOutbound(["127.0.0.1"])).toThrow("127.0.0.1 is no network");
    expect(() => createOutbound(["127.0.0.1/33"])).toThrow("no network");
  });
});

test("a name is resolved once, and the connection goes to the address that was judged", async () => {
  const hosts: (string | undefined)[] = [];
  const port = await answering((incoming, outgoing) => {
    hosts.push(incoming.headers.host);
    outgoing.end("ok");
  });
  // The second answer of a rebinding name would be another one: nobody listens there.
  const answers = ["127.0.0.1", "127.0.0.2"];
  let asked = 0;
  const outbound = createOutbound(["127.0.0.1/32"], async () => {
    asked += 1;
    return [{ address: answers.shift() ?? "", family: 4 }];
  });
  const url = `http://hooks.example:${port}/`;
  expect(await outbound.send(asking(url))).toMatchObject({ kind: "answered", status: 200 });
  expect([asked, hosts]).toEqual([1, [`hooks.example:${port}`]]);
  expect(await outbound.send(asking(url))).toMatchObject({ kind: "refused" });
});

test("a redirect is an answer, and nobody follows it", async () => {
  let asked = 0;
  const port = await answering((_, outgoing) => {
    asked += 1;
    outgoing.writeHead(302, { location: "http://169.254.169.254/" }).end();
  });
  const outbound = createOutbound(["127.0.0.0/8"]);
  expect(await outbound.send(asking(`http://127.0.0.1:${port}/`))).toMatchObject({
    kind: "answered",
    status: 302,
  });
  expect(asked).toBe(1);
});

test("an answer without end is read to its bound, and one that does not come is late", async () => {
  let endless = true;
  const port = await answering((_, outgoing) => {
    outgoing.writeHead(200);
    if (endless) outgoing.write(Buffer.alloc(100_000, 65));
  });
  const outbound = createOutbound(["127.0.0.1/32"]);
  const url = `http://127.0.0.1:${port}/`;
  expect(await outbound.send(asking(url))).toMatchObject({
    kind: "answered",
    status: 200,
    isWhole: false,
    body: Buffer.alloc(100, 65),
  });
  endless = false;
  expect(await outbound.send(asking(url, { msMax: 50 }))).toMatchObject({
    kind: "failed",
    reason: "late",
  });
});

test("who is not there, and a name that nobody knows, are unreachable", async () => {
  const port = await answering(() => {});
  server?.close();
  const outbound = createOutbound(["127.0.0.1/32"], async () => {
    throw new Error("ENOTFOUND");
  });
  expect(await outbound.send(asking(`http://127.0.0.1:${port}/`))).toMatchObject({
    kind: "failed",
    reason: "unreachable",
  });
  expect(await outbound.send(asking("https://hooks.example/"))).toMatchObject({
    kind: "failed",
    reason: "unreachable",
  });
});

test("whoever stops does not wait for a resolver that never answers", async () => {
  const stopping = new AbortController();
  const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
  const outbound = createOutbound([], () => {
    isAsked();
    return new Promise(() => {});
  });
  const { signal } = stopping;
  const sent = outbound.send(asking("https://hooks.example/", { msMax: 60_000, stopping: signal }));
  await asked;
  stopping.abort();
  expect(await sent).toMatchObject({ kind: "failed" });
  // And who comes after that is not kept either.
  expect(await outbound.send(asking("https://hooks.example/", { stopping: signal }))).toMatchObject(
    {
      kind: "failed",
    },
  );
});
