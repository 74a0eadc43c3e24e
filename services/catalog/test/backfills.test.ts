import { afterEach, beforeEach, expect, test } from "vitest";
import { openCounter, type Counter } from "./counter.ts";

let counter: Counter;

beforeEach(async () => {
  counter = await openCounter();
  await counter.placeCut();
  await counter.admin.advanceClock("2023-12-15T00:00:00Z");
});

afterEach(() => counter.close());

const june = {
  from: "2023-06-01T00:00:00Z",
  to: "2023-07-01T00:00:00Z",
  reason: "a region was never sent",
};

test("a backfill is a fact, and open for a week", async () => {
  const digest = "ab".repeat(32);
  const asked = { ...june, backfill: "june", sources: ["b", "", "b"], events: 12, digest };
  const { body } = await counter.send("/v1/backfills", { body: asked });
  expect(body).toEqual({
    ...june,
    backfill: "june",
    sources: ["", "b"],
    closes_at: "2023-12-22T00:00:00Z",
    is_open: true,
    events: 12,
    digest,
    requested_at: "2023-12-15T00:00:00Z",
    requested_by: "first-admin",
    catalog_offset: counter.facts().length - 1,
  });
  const fact = counter.facts().at(-1);
  expect(fact).toMatchObject({ kind: "BackfillRequested", backfill: "june", sources: ["", "b"] });
  expect(await counter.send("/v1/backfills/june")).toEqual({ status: 200, body });
  // Said again it is the same, and another one under its id is none.
  const again = await counter.send("/v1/backfills", { body: asked });
  expect([again.body, counter.facts().at(-1)]).toEqual([body, fact]);
  const other = await counter.send("/v1/backfills", { body: { ...asked, events: 13 } });
  expect(other).toMatchObject({ status: 400, body: { errors: [{ reason: "taken" }] } });
  await counter.admin.advanceClock("2023-12-22T00:00:00Z");
  expect((await counter.send("/v1/backfills?open=true")).body).toMatchObject({ backfills: [] });
  expect((await counter.send("/v1/backfills?open=false")).body).toMatchObject({
    backfills: [{ backfill: "june", is_open: false }],
  });
});

test.each([
  [{ ...june, to: june.from }, "to", "not_after"],
  [{ ...june, to: "2023-12-15T00:00:00.000001Z" }, "to", "not_over"],
  [{ ...june, closes_at: "2023-12-15T00:00:00Z" }, "closes_at", "out_of_range"],
  [{ ...june, closes_at: "2024-01-16T00:00:00Z" }, "closes_at", "out_of_range"],
  [{ from: june.from, to: june.to }, "reason", "missing"],
  [{ ...june, digest: "AB" }, "digest", "not_a_digest"],
  [{ ...june, events: "1.5" }, "events", "not_whole"],
  [{ ...june, sources: [true] }, "sources[0]", "not_text"],
])("what no backfill can be is refused: %j", async (asked, field, reason) => {
  const { status, body } = await counter.send("/v1/backfills", { body: asked });
  expect(status).toBe(400);
  expect(body["errors"]).toContainEqual(expect.objectContaining({ field, reason }));
});
