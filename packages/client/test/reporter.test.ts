import { expect, test } from "vitest";
import { createReporter } from "../src/reporter.ts";
import { ApiProblem, Unanswered } from "../src/request.ts";
import type { BatchAnswer, UsageEvent } from "../src/usage.ts";

function event(id: number): UsageEvent {
  return { id: String(id), type: "t", customer: "c" };
}

function accepted(events: readonly UsageEvent[]): BatchAnswer {
  const results = events.map(({ id }, index) => ({ index, id, status: "accepted" as const }));
  return { results, accepted: results.length, refused: 0 };
}

function problem(
  status: number,
  body: Record<string, unknown> = {},
  headers: Record<string, string> = {},
) {
  return new ApiProblem("POST /v1/events/batch", new Response(null, { status, headers }), body);
}

test("what is reported while a request is under way is the next batch", async () => {
  const sizes: number[] = [];
  const reporter = createReporter(async (events) => {
    sizes.push(events.length);
    return accepted(events);
  });
  const results = await Promise.all(
    Array.from({ length: 2_500 }, (_, i) => reporter.report(event(i))),
  );
  expect(results.every(({ status }) => status === "accepted")).toBe(true);
  expect(sizes).toEqual([1_000, 1_000, 500]);
});

test("a batch is sent again, the same, until somebody takes it", async () => {
  const sent: string[] = [];
  const failures = [new Unanswered("no answer"), problem(503, {}, { "retry-after": "0" })];
  const reporter = createReporter(async (events) => {
    sent.push(events.map(({ id }) => id).join(","));
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    return accepted(events);
  });
  const result = await reporter.report(event(1));
  expect(result).toEqual({ index: 0, id: "1", status: "accepted" });
  expect(sent).toEqual(["1", "1", "1"]);
});

test("a refusal is told to the one who reported it, and not sent again", async () => {
  const refused = {
    index: 0,
    status: "refused",
    field: "time",
    reason: "too_old",
    detail: "older",
  };
  const reporter = createReporter(() => Promise.reject(problem(400, { results: [refused] })));
  expect(await reporter.report(event(1))).toEqual(refused);
});

test("an unknown key is not tried twice", async () => {
  let tries = 0;
  const reporter = createReporter(() => {
    tries += 1;
    return Promise.reject(problem(401, { detail: "unknown key" }));
  });
  await expect(reporter.report(event(1))).rejects.toThrow("unknown key");
  expect(tries).toBe(1);
});

test("a batch that is too large is sent in halves", async () => {
  const sizes: number[] = [];
  const reporter = createReporter(async (events) => {
    sizes.push(events.length);
    if (events.length > 3) throw problem(413);
    return accepted(events);
  });
  await Promise.all(Array.from({ length: 10 }, (_, i) => reporter.report(event(i))));
  expect(sizes).toEqual([10, 5, 3, 2, 5, 3, 2]);
});

test("the queue is bounded: who reports too fast waits", async () => {
  const sizes: number[] = [];
  const reporter = createReporter(
    async (events) => {
      sizes.push(events.length);
      return accepted(events);
    },
    { queueMax: 4 },
  );
  await Promise.all(Array.from({ length: 10 }, (_, i) => reporter.report(event(i))));
  await reporter.flush();
  expect(sizes).toEqual([4, 4, 2]);
});
