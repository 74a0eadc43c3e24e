import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Gateway, openGateway } from "../src/up/gateway.ts";

type Answering = (request: IncomingMessage, body: string, answer: ServerResponse) => void;

let gateway: Gateway;
let ingest: Server;
let catalog: Server;
/** What ingest got: method, path and body of each request. */
let got: string[];
let answering: Answering;

beforeEach(async () => {
  got = [];
  answering = (_request, body, answer) => answer.end(`took ${body}`);
  ingest = await serve((request, body, answer) => {
    got.push(`${request.method} ${request.url} ${body}`);
    answering(request, body, answer);
  });
  catalog = await serve((request, _body, answer) => answer.end(`catalog ${request.url};`));
  gateway = await openGateway({
    port: 0,
    addressesOf: (service) => [
      { host: "127.0.0.1", port: portOf(service === "ingest" ? ingest : catalog) },
    ],
    own: {},
  });
});

afterEach(async () => {
  await gateway.close();
  for (const server of [ingest, catalog]) {
    server.closeAllConnections();
    server.close();
  }
});

/** Of the last request of a connection. */
const last = "Connection: close\r\n";

test("posts of events pass as they are, one after the other on one connection", async () => {
  const client = await connected();
  client.write(post("one"));
  await answered(client, "took one");
  client.write(post("two", "/v1/events/batch", "Connection: keep-alive\r\n"));
  await answered(client, "took two");
  expect(got).toEqual(["POST /v1/events one", "POST /v1/events/batch two"]);
  client.destroy();
});

test("requests that are sent without waiting are answered in their order, other ones among them", async () => {
  const client = await connected();
  const chunked =
    "POST /v1/events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nthree;\r\n0\r\n\r\n";
  const other = "GET /v1/customers HTTP/1.1\r\nHost: a\r\n\r\n";
  client.write(post("one;") + post("two;") + chunked + other + post("four;", undefined, last));
  const all = await text(client);
  expect(all.match(/took \w+|catalog [\w/]+/g)).toEqual([
    "took one",
    "took two",
    "took three",
    "catalog /v1/customers",
    "took four",
  ]);
});

test("however the bytes are cut, ingest gets the same", async () => {
  const bodies = ["a", "", "x".repeat(300), "\r\n\r\nPOST /v1/events HTTP/1.1\r\n\r\n"];
  const bytes = Buffer.from(
    bodies.map((body) => post(body)).join("") + post("last", undefined, last),
  );
  for (const size of [1, 7, 64, 100, 101, 130, 1_000]) {
    got = [];
    const client = await connected();
    client.setNoDelay(true);
    for (let at = 0; at < bytes.length; at += size) {
      client.write(bytes.subarray(at, at + size));
      await new Promise(setImmediate);
    }
    await text(client);
    const wanted = [...bodies, "last"].map((body) => `POST /v1/events ${body}`);
    expect(got.toSorted(), `${size} bytes at once`).toEqual(wanted.toSorted());
  }
});

test.each([
  ["two lengths", "Content-Length: 3\r\nContent-Length: 4\r\n"],
  ["a length and chunks", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"],
  ["a length that is no number", "Content-Length: +3\r\n"],
  ["a line that goes on in the next", "X: a\r\n Content-Length: 4\r\nContent-Length: 3\r\n"],
  ["a line feed alone", "X: a\nContent-Length: 3\r\n"],
])("%s never reach ingest as something else than the gateway has read", async (_what, headers) => {
  const client = await connected();
  client.end(
    `POST /v1/events HTTP/1.1\r\nHost: a\r\n${headers}\r\nabcPOST /v1/events HTTP/1.1\r\n`,
  );
  await text(client);
  expect(got.filter((request) => request !== "POST /v1/events abc")).toEqual([]);
});

test("who asks whether to send is told to, and headers of the hop are not passed on", async () => {
  const seen: IncomingMessage["headers"][] = [];
  answering = (request, body, answer) => {
    seen.push(request.headers);
    answer.end(`took ${body}`);
  };
  const client = await connected();
  client.write(
    "POST /v1/events HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTE: trailers\r\nContent-Length: 3\r\n\r\n",
  );
  await answered(client, "100 Continue");
  client.write("abc");
  await answered(client, "took abc");
  expect(seen[0]).not.toHaveProperty("te");
  expect(seen[0]).not.toHaveProperty("expect");
  client.destroy();
});

test("a client that sends and says that it is done gets its answer", async () => {
  const client = await connected();
  client.end(post("one"));
  expect(await text(client)).toContain("took one");
});

test("when ingest is away the client is told when to come again", async () => {
  await new Promise((resolve) => ingest.close(resolve));
  const client = await connected();
  client.write(post("one"));
  const all = await text(client);
  expect(all).toContain("HTTP/1.1 503 Service Unavailable\r\n");
  expect(all).toContain("retry-after: 1\r\n");
  expect(JSON.parse(all.slice(all.indexOf("{")))).toMatchObject({ status: 503 });
});

test("when ingest dies before it answers the client is told so, also in the middle of its body", async () => {
  answering = (request) => request.socket.destroy();
  const waiting = await connected();
  waiting.write(post("one"));
  expect(await text(waiting)).toContain("HTTP/1.1 503 ");
  const sending = await connected();
  sending.write(post("a".repeat(1_000)).slice(0, -500));
  await expect.poll(() => connectionsOf(ingest)).toBe(1);
  ingest.closeAllConnections();
  expect(await text(sending)).toContain("HTTP/1.1 503 ");
});

test("an answer that breaks off does not look like a whole one", async () => {
  answering = (_request, _body, answer) => {
    answer.writeHead(200, { "content-length": 100 });
    answer.write("half", () => answer.destroy());
  };
  const client = await connected();
  client.write(post("one"));
  const all = await text(client).catch(() => "reset");
  expect(all).not.toContain("503");
  expect(all.length).toBeLessThan(250);
});

test("an answer whose end only the connection tells is passed on to its end", async () => {
  answering = (_request, body, answer) => {
    answer.write(`took ${body} `);
    answer.end("in two parts");
  };
  const client = await connected();
  client.end(post("one"));
  expect(await text(client)).toContain("in two parts");
});

test("a body of many megabytes passes, and a slow reader gets a long answer whole", async () => {
  const large = "x".repeat(20_000_000);
  answering = (_request, body, answer) => answer.end(body);
  const client = await connected();
  client.end(post(large));
  client.pause();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const all = await text(client);
  expect(all.length - all.indexOf("\r\n\r\n") - 4).toBe(large.length);
});

test("a client that goes away in the middle leaves no connection to ingest behind", async () => {
  const held: ServerResponse[] = [];
  answering = (_request, _body, answer) => held.push(answer);
  const client = await connected();
  client.write(post("one"));
  await expect.poll(() => held.length).toBe(1);
  client.destroy();
  held[0]?.end("nobody reads this");
  await expect.poll(() => connectionsOf(ingest)).toBe(0);
});

function post(body: string, path = "/v1/events", headers = ""): string {
  return `POST ${path} HTTP/1.1\r\nHost: a\r\n${headers}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

async function connected(): Promise<Socket> {
  const client = connect({
    host: "127.0.0.1",
    port: Number(new URL(gateway.url).port),
    allowHalfOpen: true,
  });
  await once(client, "connect");
  return client;
}

async function answered(client: Socket, what: string): Promise<void> {
  let all = "";
  while (!all.includes(what)) {
    const [chunk] = (await once(client, "data")) as [Buffer];
    all += chunk.toString();
  }
}

async function serve(answering_: Answering): Promise<Server> {
  const server = createServer((request, answer) => {
    text(request).then(
      (body) => answering_(request, body, answer),
      () => {},
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo | null)?.port ?? 1;
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
}
