import { expect, test } from "vitest";
import { remarksOf } from "../src/commands/status.ts";

test("what is not ready says why, and what is ready says what a person should know", () => {
  expect(
    remarksOf({
      catalog: { ready: true, detail: { status: "ready", checks: { kafka: "ok" } } },
      deduper: {
        ready: false,
        detail: { status: "not ready", checks: { kafka: "does not answer", store: "ok" } },
      },
      ingest: {
        ready: true,
        detail: {
          status: "ready",
          checks: { kafka: "ok", spool: "ok" },
          notices: { spool: "12 events wait" },
        },
      },
      rater: { ready: false, detail: "does not answer" },
      kafka: { ready: true },
    }),
  ).toEqual([
    "deduper: kafka: does not answer",
    "ingest: spool: 12 events wait",
    "rater: does not answer",
  ]);
});
