import { Problem } from "@tallybook/service";
import { expect, test } from "vitest";
import { patienceIn } from "../src/usage/desk.ts";
import { questionOf } from "../src/usage/question.ts";

/** The faults that a question is refused for. */
function faultsOf(query: unknown): unknown {
  try {
    const question = questionOf(query);
    patienceIn(question);
    question.time("from");
    question.done();
    return undefined;
  } catch (error) {
    return error instanceof Problem ? [error.details.status, error.details.members] : error;
  }
}

test("a question without a fault is answered", () => {
  expect(faultsOf({})).toBeUndefined();
  expect(
    faultsOf({ from: "2026-01-01T00:00:00Z", wait_ms: "5", consistency: "eventual" }),
  ).toBeUndefined();
});

test("every fault is told with its field and the remedy", () => {
  const query = { from: "yesterday", wait_ms: "-1", consistency: "weak", form: "x" };
  expect(faultsOf(query)).toEqual([
    400,
    {
      errors: [
        { field: "consistency", reason: "unknown_word", detail: "say one of strong, eventual" },
        {
          field: "wait_ms",
          reason: "out_of_range",
          detail: "it must be a whole number from 0 to 60000",
        },
        {
          field: "from",
          reason: "no_time",
          detail: "it must be RFC 3339 with a zone, such as 2026-01-01T00:00:00Z",
        },
        {
          field: "form",
          reason: "unknown_parameter",
          detail: "this route takes consistency, wait_ms, from",
        },
      ],
    },
  ]);
});

test("a parameter that is there twice is refused, and not one of the two taken", () => {
  expect(faultsOf({ from: ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"] })).toMatchObject([
    400,
    { errors: [{ field: "from", reason: "repeated" }] },
  ]);
});

test("an eventual answer does not wait, whatever else is said", () => {
  const question = questionOf({ consistency: "eventual", wait_ms: "5000" });
  expect(patienceIn(question)).toEqual({ waitMs: 0 });
});
