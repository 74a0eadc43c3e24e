import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Gateway, openGateway } from "../src/up/gateway.ts";

let gateway: Gateway;

beforeEach(async () => {
  gateway = await openGateway({
    port: 0,
    addressesOf: () => [{ host: "127.0.0.1", port: 1 }],
    own: {},
  });
});

afterEach(() => gateway.close());

test.each([
  ["bytes of another protocol", "\u0016\u0003\u0001\r\n\r\n", 400],
  [
    "a length below nothing",
    "POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    400,
  ],
  ["headers without end", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(70_000)}\r\n\r\n`, 431],
])("%s are answered with a problem, and the connection ends", async (_what, bytes, status) => {
  const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
  await once(socket, "connect");
  socket.write(bytes);
  const answer = await text(socket);
  expect(answer).toContain(`HTTP/1.1 ${status} `);
  expect(answer).toContain("application/problem+json");
  expect(JSON.parse(answer.slice(answer.indexOf("{")))).toMatchObject({ status });
});

test("a service that is away is a problem that says when to come again", async () => {
  const answer = await fetch(`${gateway.url}/v1/customers`);
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await answer.json()).toMatchObject({ status: 503, title: "Service Unavailable" });
});

test("clients that take any object for success are told in their own words that a service is away", async () => {
  for (const path of ["/v1/billing/meter_events", "/v2/billing/meter_event_session"]) {
    const answer = await fetch(gateway.url + path, { method: "POST", body: "a=1" });
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await answer.json()).toEqual({
      error: { type: "api_error", message: expect.stringContaining("ingest does not answer") },
    });
  }
});

test.each([
  "/api/v1/events",
  "/api/v1/events/",
  "/api/v1/events/batch",
  "/v1/events/batch?backfill=b",
])("a post to the front door %s is for ingest", async (path) => {
  const answer = await fetch(gateway.url + path, { method: "POST", body: "{}" });
  expect(await answer.json()).toMatchObject({
    status: 503,
    detail: expect.stringContaining("ingest"),
  });
});
