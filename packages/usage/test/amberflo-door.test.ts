import { describe, expect, test } from "vitest";
import { taken, told } from "./sent.ts";

const path = "/ingest";
const event = {
  uniqueId: "u-0",
  meterApiName: "llm_tokens",
  meterValue: 12.5,
  customerId: "cust-1",
  meterTimeInMillis: 1763683200001,
  dimensions: { model: "model a", type: "input" },
};

describe("Amberflo's meter events", () => {
  test("a batch of its SDK is events of their meter, whose value is a property", () => {
    expect(
      told(path, { json: [event, { ...event, meterApiName: "calls", meterValue: "10" }] }),
    ).toEqual({
      door: "amberflo",
      events: [
        {
          id: "u-0",
          source: "llm_tokens",
          type: "llm_tokens",
          customer: "cust-1",
          subscription: null,
          time: 1763683200001000,
          properties: { model: "model a", type: "input", meterValue: "12.5" },
          target: null,
        },
        expect.objectContaining({ id: "u-0", source: "calls", type: "calls" }),
      ],
      answer: { status: 200, body: { message: "Ingest request accepted" } },
    });
  });

  test("one alone is taken as well", () => {
    expect(told(path, { json: event })).toMatchObject({ events: [{ id: "u-0" }] });
  });

  test("what is wrong is said by the names of its fields", () => {
    const { items } = taken(path, {
      json: [
        { ...event, uniqueId: null },
        { ...event, meterApiName: null },
        { ...event, meterValue: null },
        { ...event, customerId: "" },
        { ...event, meterTimeInMillis: "yesterday" },
        { ...event, dimensions: [] },
        { ...event, dimensions: { meterValue: "1" } },
        { ...event, dimensions: { note: "x".repeat(20_000) } },
        "event",
      ],
    });
    expect(
      items.map((one) => (one.ok ? "taken" : `${one.fault.field}: ${one.fault.reason}`)),
    ).toEqual([
      "uniqueId: missing",
      "meterApiName: missing",
      "meterValue: missing",
      "customerId: empty",
      "meterTimeInMillis: not_a_time",
      "dimensions: wrong_type",
      "dimensions.meterValue: not_allowed",
      "dimensions.note: too_long",
      "null: not_an_object",
    ]);
  });
});
