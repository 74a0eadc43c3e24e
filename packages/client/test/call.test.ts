import { expect, expectTypeOf, test } from "vitest";
import { createClient } from "../src/client.ts";
import type { Schemas } from "../src/index.ts";

function clientOf(answer: object) {
  const sent: { url: string; init: RequestInit }[] = [];
  const client = createClient({
    url: "http://tally.test/",
    key: "k",
    fetch: async (url, init) => {
      sent.push({ url: url instanceof Request ? url.url : url.toString(), init: init ?? {} });
      return Response.json(answer);
    },
  });
  return { client, sent };
}

test("any operation of the document is asked by its method and path, and answers what it says there", async () => {
  const { client, sent } = clientOf({ meter: "calls", usage: [] });
  const usage = await client.call("GET /v1/usage", {
    query: { meter: "calls", from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z", limit: 5 },
  });
  expectTypeOf(usage).toEqualTypeOf<Schemas["UsageSeries"]>();
  expect(sent[0]?.url).toBe(
    "http://tally.test/v1/usage?meter=calls&from=2026-01-01T00%3A00%3A00Z&to=2026-02-01T00%3A00%3A00Z&limit=5",
  );
});

test("parts of a path are escaped, and headers go along", async () => {
  const { client, sent } = clientOf({});
  await client.call("POST /v1/subscriptions/{id}/end", {
    path: { id: "a/b c" },
    headers: { "Idempotency-Key": "once" },
    body: { end: "2026-01-01T00:00:00Z" },
  });
  expect(sent[0]).toMatchObject({
    url: "http://tally.test/v1/subscriptions/a%2Fb%20c/end",
    init: { method: "POST", headers: { "Idempotency-Key": "once", authorization: "Bearer k" } },
  });
});

test("what an operation needs has to be given, and what it does not have is no operation", () => {
  const { client } = clientOf({});
  // @ts-expect-error -- the meter is missing
  const noMeter = () => client.call("GET /v1/usage", { query: { from: "", to: "" } });
  // @ts-expect-error -- the id is missing
  const noId = () => client.call("GET /v1/subscriptions/{id}");
  // @ts-expect-error -- there is no such route
  const noRoute = () => client.call("GET /v1/nothing");
  const nothing = () => client.call("GET /v1/clock");
  expectTypeOf(nothing).returns.resolves.toEqualTypeOf<Schemas["Clock"]>();
  expect([noMeter, noId, noRoute]).toHaveLength(3);
});
