import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  addHealthRoutes,
  createHttpServer,
  createMetrics,
  type HttpServer,
  listen,
  Problem,
} from "../src/index.ts";

let server: HttpServer;
let logged: string[];

beforeEach(() => {
  logged = [];
  const note = (msg: string): void => void logged.push(msg);
  server = createHttpServer({
    logger: { info: note, warn: note, error: note },
    bodyBytesMax: 64,
  });
});

afterEach(() => server.close());

describe("an error", () => {
  test("that a route throws is answered as it says", async () => {
    server.get("/", () => {
      throw new Problem({
        status: 429,
        title: "Too many events",
        type: "urn:example:busy",
        detail: "Try again in 2 s.",
        members: { retriable: true },
        headers: { "retry-after": "2" },
      });
    });
    const answer = await server.inject("/");
    expect(answer.statusCode).toBe(429);
    expect(answer.headers).toMatchObject({
      "content-type": "application/problem+json",
      "retry-after": "2",
    });
    expect(answer.json()).toEqual({
      type: "urn:example:busy",
      title: "Too many events",
      status: 429,
      detail: "Try again in 2 s.",
      retriable: true,
    });
    expect(logged).toEqual([]);
  });

  test.each([
    ["a percent sign alone", "/customers/%zz", 400],
    ["a name that is far too long", `/customers/${"a".repeat(5_000)}`, 414],
  ])("of an address with %s is a problem as well", async (_what, url, status) => {
    server.get("/customers/:id", () => "");
    const answer = await server.inject(url);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.json()).toMatchObject({ status });
    expect(answer.body.length).toBeLessThan(300);
  });

  test.each([
    ["no HTTP", "hello\r\n\r\n", 400],
    [
      "two lengths",
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
      400,
    ],
    ["endless headers", `GET / HTTP/1.1\r\nhost: a\r\nx: ${"x".repeat(20_000)}\r\n\r\n`, 431],
    ["no HTTP, and much of it", "hello\r\n".repeat(1_000_000), 400],
  ])("of a connection that brings %s is a problem as well", async (_what, bytes, status) => {
    const { port } = new URL(await listen(server, { port: 0 }));
    const socket = connect({ host: "127.0.0.1", port: Number(port) });
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk)).on("error", () => {});
    socket.write(bytes);
    await once(socket, "close");
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(text).toContain("content-type: application/problem+json\r\n");
    expect(JSON.parse(text.slice(text.indexOf("\r\n\r\n")))).toMatchObject({ status });
  });

  test("that nobody foresaw is logged, and tells nothing", async () => {
    server.get("/", () => {
      throw new Error("password is hunter2");
    });
    const answer = await server.inject("/");
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain("hunter2");
    expect(logged).toEqual(["a request failed"]);
  });

  test.each([
    ["an unknown path", { method: "GET", url: "/no?key=1" }, 404, "There is no GET /no."],
    ["a body that is no JSON", { method: "POST", url: "/echo", payload: "{" }, 400, /JSON/],
    [
      "a body that is too large",
      { method: "POST", url: "/echo", payload: "1".repeat(65) },
      413,
      /./,
    ],
  ] as const)("for %s is a problem document", async (_what, request, status, detail) => {
    server.post("/echo", (received) => ({ body: received.body }));
    const answer = await server.inject(request);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.json()).toMatchObject({
      status,
      detail: expect.stringMatching(detail) as string,
    });
  });
});

describe("a body", () => {
  test("that is far too large still gets its answer: the client is read to its end", async () => {
    server.post("/", () => ({}));
    const { hostname, port } = new URL(await listen(server, { port: 0 }));
    for (const headers of [{}, { "content-length": 16 * 1024 * 1024 }]) {
      const sending = request({ method: "POST", hostname, port, headers });
      const errors: Error[] = [];
      sending.on("error", (error) => errors.push(error));
      const answered = once(sending, "response") as Promise<[IncomingMessage]>;
      for (let sent = 0; sent < 16; sent += 1) sending.write(Buffer.alloc(1024 * 1024));
      sending.end();
      const [answer] = await answered;
      expect(answer.resume().statusCode).toBe(413);
      await once(sending, "close");
      expect(errors).toEqual([]);
    }
  });

  test("is JSON, whatever the content type says", async () => {
    server.post("/echo", (request) => ({ body: request.body }));
    for (const type of [
      "application/json",
      "application/cloudevents+json; charset=UTF-8",
      "text/plain",
    ]) {
      const answer = await server.inject({
        method: "POST",
        url: "/echo",
        headers: { "content-type": type },
        payload: '{"a":1}',
      });
      expect(answer.json(), type).toEqual({ body: { a: 1 } });
    }
  });

  test("can be read from its own bytes, so that no digit is lost", async () => {
    const exact = createHttpServer({
      logger: { info() {}, warn() {}, error() {} },
      bodyBytesMax: 1_000,
      parseBody: (bytes, headers) => ({ text: String(bytes), type: headers["content-type"] }),
    });
    exact.post("/", (request) => request.body);
    const answer = await exact.inject({
      method: "POST",
      url: "/",
      headers: { "content-type": "application/json" },
      payload: '{"quantity":0.1234567890123456789}',
    });
    expect(answer.json()).toEqual({
      text: '{"quantity":0.1234567890123456789}',
      type: "application/json",
    });
  });
});

describe("health", () => {
  test("names each dependency, and is 503 when one cannot be used", async () => {
    let clickhouse: string | null = "connection refused";
    addHealthRoutes(server, {
      checks: {
        kafka: async () => null,
        clickhouse: async () => clickhouse,
        spool: async () => {
          throw new Error("disk full");
        },
      },
      metrics: createMetrics(),
    });
    const before = await server.inject("/readyz");
    expect(before.statusCode).toBe(503);
    expect(before.json()).toEqual({
      status: "not ready",
      checks: { kafka: "ok", clickhouse: "connection refused", spool: "disk full" },
    });
    clickhouse = null;
    expect((await server.inject("/readyz")).json()).toMatchObject({ checks: { clickhouse: "ok" } });
    expect((await server.inject("/livez")).statusCode).toBe(200);
  });

  test("does not wait for a dependency that says nothing", async () => {
    const checks = { kafka: () => new Promise<null>(() => {}) };
    addHealthRoutes(server, { checks, metrics: createMetrics() });
    const answer = await server.inject("/readyz");
    expect(answer.json()).toMatchObject({ checks: { kafka: "no answer within 2000 ms" } });
  });

  test("shows the metrics", async () => {
    const metrics = createMetrics();
    metrics.counter("events_total", "Events taken.").add(3, { door: "native" });
    addHealthRoutes(server, { checks: {}, metrics });
    const answer = await server.inject("/metrics");
    expect(answer.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(answer.body).toContain('events_total{door="native"} 3\n');
  });
});

test("listens on loopback unless told otherwise, and closes under an idle connection", async () => {
  server.get("/", () => ({ ok: true }));
  const url = await listen(server, { port: 0 });
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port) });
  await once(socket, "connect");
  await fetch(url);
  await server.close();
  socket.destroy();
}, 5_000);

test("finishes the request under way when it closes", async () => {
  let finish = (): void => {};
  const begun = new Promise<void>((resolve) => {
    server.get("/", () => {
      resolve();
      return new Promise((answer) => (finish = () => answer({ done: true })));
    });
  });
  const answer = fetch(await listen(server, { port: 0 }));
  await begun;
  const closed = server.close();
  finish();
  expect(await (await answer).json()).toEqual({ done: true });
  await closed;
}, 5_000);
