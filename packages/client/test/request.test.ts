import { expect, test } from "vitest";
import { createClient } from "../src/client.ts";
import { ApiProblem, Unanswered } from "../src/request.ts";

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

function clientOf(answer: () => Response | Promise<Response>) {
  const sent: Sent[] = [];
  const client = createClient({
    url: "http://tally.test/",
    key: "k",
    fetch: async (url, init) => {
      sent.push({ url: url instanceof Request ? url.url : url.toString(), init: init ?? {} });
      return answer();
    },
  });
  return { client, sent };
}

test("a request carries the key, the body and an escaped path", async () => {
  const { client, sent } = clientOf(() => Response.json({}));
  await client.endSubscription("a/b c", "2024-01-01T00:00:00Z");
  await client.listInvoices({ customer: "a&b", after: 0 });
  expect(sent.map(({ url }) => url)).toEqual([
    "http://tally.test/v1/subscriptions/a%2Fb%20c/end",
    "http://tally.test/v1/invoices?customer=a%26b&after=0",
  ]);
  expect(sent[0]?.init).toMatchObject({
    method: "POST",
    body: '{"end":"2024-01-01T00:00:00Z"}',
    headers: { authorization: "Bearer k", "content-type": "application/json" },
  });
  expect(sent[1]?.init).toMatchObject({ method: "GET" });
});

test("a problem says what is wrong with which field", async () => {
  const problem = {
    title: "Unfit request",
    status: 400,
    detail: "plans[0].currency: unknown",
    errors: [{ field: "plans[0].currency", reason: "unknown_currency", detail: "unknown" }],
  };
  const { client } = clientOf(() => Response.json(problem, { status: 400 }));
  const error = await client.apply({}).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ApiProblem);
  expect(error).toMatchObject({ status: 400, errors: problem.errors, isPassing: false });
  expect(String(error)).toContain("POST /v1/apply: 400 Unfit request: plans[0].currency: unknown");
});

test("a refused event's field is among the errors as well", async () => {
  const problem = {
    title: "No event was accepted",
    field: "time",
    reason: "too_old",
    detail: "time: older",
  };
  const { client } = clientOf(() => Response.json(problem, { status: 400 }));
  const event = { id: "1", type: "t", customer: "c" };
  await expect(client.reportUsage(event)).rejects.toMatchObject({
    errors: [{ field: "time", reason: "too_old", detail: "time: older" }],
  });
});

test("an answer in somebody else's words is a problem too", async () => {
  const headers = { "retry-after": "7" };
  const { client } = clientOf(() => new Response("<h1>Bad gateway</h1>", { status: 502, headers }));
  await expect(client.listMeters()).rejects.toMatchObject({
    status: 502,
    detail: "<h1>Bad gateway</h1>",
    isPassing: true,
    retryAfterSeconds: 7,
  });
});

test("no answer is told apart from a refusal", async () => {
  const { client } = clientOf(() => {
    throw new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });
  });
  const error = await client.listMeters().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Unanswered);
  expect(String(error)).toContain("GET /v1/meters: connect ECONNREFUSED");
});
