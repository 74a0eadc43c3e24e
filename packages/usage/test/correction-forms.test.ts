import { expect, test } from "vitest";
import { readCloudEvent } from "../src/cloud-event.ts";
import { readEvent } from "../src/event.ts";
import type { Json } from "../src/json.ts";
import { readTypedEvent } from "../src/typed-event.ts";

const context = { tenant: "acme", door: "native", api_key: "k1", received_at: 1_700_000_000_000 };

const correction = {
  id: "fix-1",
  source: "gw",
  corrects: "req-1",
  reason: "counted twice",
  properties: { tokens: "12" },
};
const retraction = { id: "fix-2", source: "gw", retracts: "req-1", reason: "a test" };

test("a correction names its target and why, and says what it likes of the rest", () => {
  expect(readEvent(correction, context)).toMatchObject({
    ok: true,
    event: {
      id: "fix-1",
      target: "req-1",
      type: "",
      customer: "",
      subscription: null,
      time: null,
      properties: { tokens: "12" },
      correction: { retracts: false, reason: "counted twice" },
    },
  });
  const whole = { ...correction, type: "llm", customer: "c", time: "2023-11-16T00:00:00Z" };
  expect(readEvent(whole, context)).toMatchObject({
    ok: true,
    event: { type: "llm", customer: "c", time: 1_700_092_800_000_000 },
  });
  expect(readEvent(retraction, context)).toMatchObject({
    ok: true,
    event: { target: "req-1", properties: {}, correction: { retracts: true, reason: "a test" } },
  });
});

test.each<[string, Json, string, string]>([
  ["no reason", { ...correction, reason: null }, "reason", "missing"],
  ["an empty reason", { ...correction, reason: "" }, "reason", "empty"],
  ["a long reason", { ...correction, reason: "x".repeat(1_001) }, "reason", "too_long"],
  ["both", { ...correction, retracts: "req-1" }, "retracts", "not_allowed"],
  ["an empty target", { ...correction, corrects: "" }, "corrects", "empty"],
  ["a target that is no text", { ...correction, corrects: 7 as never }, "corrects", "wrong_type"],
  ["a long target", { ...retraction, retracts: "x".repeat(513) }, "retracts", "too_long"],
  ["a NUL in the target", { ...retraction, retracts: "a\u0000" }, "retracts", "control_character"],
  ["no id", { ...retraction, id: null }, "id", "missing"],
  [
    "what a retraction says",
    { ...retraction, properties: { n: "1" } },
    "properties",
    "not_allowed",
  ],
  ["when it was", { ...retraction, time: "2023-11-16T00:00:00Z" }, "time", "not_allowed"],
  [
    "a reason of nothing",
    { id: "1", type: "t", customer: "c", reason: "x" },
    "reason",
    "not_allowed",
  ],
])("%s is refused with its field", (_, json, field, reason) => {
  expect(readEvent(json, context)).toMatchObject({ ok: false, field, reason });
});

test("a CloudEvent says the same by attributes, and its own time takes back nothing", () => {
  const head = { specversion: "1.0", source: "gw", type: "llm" };
  expect(
    readCloudEvent(
      { ...head, id: "fix-1", corrects: "req-1", reason: "counted twice", data: { tokens: "12" } },
      context,
    ),
  ).toEqual(readEvent({ ...correction, type: "llm" }, context));
  expect(
    readCloudEvent(
      { ...head, id: "fix-2", retracts: "req-1", reason: "a test", time: "2023-11-16T00:00:00Z" },
      context,
    ),
  ).toEqual(readEvent({ ...retraction, type: "llm" }, context));
  // Of an event that corrects nothing it is somebody's note.
  expect(
    readCloudEvent({ ...head, id: "1", subject: "c", reason: "retry" }, context),
  ).toMatchObject({ ok: true, event: { correction: null } });
});

test("the typed form finds the source by the subscription", () => {
  const typed = { subscription_id: "sub-1", reason: "counted twice" };
  expect(
    readTypedEvent({ ...typed, id: "fix-1", corrects: "req-1", properties: { n: "1" } }, context),
  ).toMatchObject({
    ok: true,
    event: { source: "sub-1", subscription: "sub-1", target: "req-1", type: "" },
  });
  expect(readTypedEvent({ ...typed, id: "fix-2", retracts: "req-1" }, context)).toMatchObject({
    ok: true,
    event: { source: "sub-1", subscription: null, correction: { retracts: true } },
  });
});
