import { describe, expect, test } from "vitest";
import { received, taken, told } from "./sent.ts";

const form = "application/x-www-form-urlencoded";
const v1 = "/v1/billing/meter_events";
const november = 1_763_683_200;

describe("Stripe's meter events", () => {
  test("one of v1, as the SDK in Node sends it, is an event of its customer", () => {
    const text =
      "event_name=llm_tokens&payload[stripe_customer_id]=cus_1&payload[value]=12&payload[model]=gpt-4o&payload[token_type]=input&identifier=evt-1&timestamp=1763683200";
    expect(told(v1, { text, type: form })).toEqual({
      door: "stripe",
      events: [
        {
          id: "evt-1",
          source: "",
          type: "llm_tokens",
          customer: "cus_1",
          subscription: null,
          time: november * 1e6,
          properties: { value: "12", model: "gpt-4o", token_type: "input" },
          target: null,
        },
      ],
      answer: {
        status: 200,
        body: {
          object: "billing.meter_event",
          created: Math.floor(received / 1e6),
          event_name: "llm_tokens",
          identifier: "evt-1",
          livemode: true,
          payload: {
            stripe_customer_id: "cus_1",
            value: "12",
            model: "gpt-4o",
            token_type: "input",
          },
          timestamp: november,
        },
      },
    });
  });

  test("one without an identifier has the key with which it is sent again", () => {
    const request = {
      text: "event_name=llm_tokens&payload[stripe_customer_id]=cus_1&payload[value]=12",
      type: form,
      headers: { "idempotency-key": "stripe-node-retry-ff9d80c2" },
    };
    expect(told(v1, request)).toMatchObject({
      events: [{ id: "stripe-node-retry-ff9d80c2", time: null }],
      answer: { body: { identifier: "stripe-node-retry-ff9d80c2" } },
    });
  });

  test("v2 has its times as text, alone and as a stream, where each without an identifier has one of its own", () => {
    const payload = { stripe_customer_id: "cus_1", value: "12" };
    const time = "2025-11-21T00:00:00.500Z";
    const headers = { "idempotency-key": "k" };
    expect(
      told("/v2/billing/meter_events", {
        json: { event_name: "llm_tokens", payload, identifier: "evt-2", timestamp: time },
        headers,
      }),
    ).toMatchObject({
      door: "stripe_v2",
      events: [{ id: "evt-2", time: november * 1e6 + 500_000 }],
      answer: {
        status: 200,
        body: { object: "v2.billing.meter_event", timestamp: "2025-11-21T00:00:00.5Z" },
      },
    });
    expect(
      told("/v2/billing/meter_event_stream", {
        json: {
          events: [
            { event_name: "llm_tokens", payload, identifier: "evt-3", timestamp: time },
            { event_name: "llm_tokens", payload },
            { event_name: "llm_tokens", payload: { value: "1" } },
          ],
        },
        headers,
      }),
    ).toMatchObject({
      events: [
        { id: "evt-3" },
        { id: "k:1" },
        { status: "refused", field: "payload.stripe_customer_id", reason: "missing" },
      ],
      answer: { status: 200, body: {} },
    });
  });

  test("the customer is where the tenant says", () => {
    const text =
      "event_name=t&payload[account]=a-1&payload[stripe_customer_id]=cus_1&payload[value]=1&identifier=i";
    expect(told(v1, { text, type: form, mapping: { customer: "payload.account" } })).toMatchObject({
      events: [{ customer: "a-1", properties: { stripe_customer_id: "cus_1", value: "1" } }],
    });
  });

  test("a form that cannot be read is refused with what is wrong with it", () => {
    const details = [
      "payload[value]=1&payload[value]=2",
      "payload=1&payload[value]=2",
      "payload[a][b][c][d][e][f][g][h][i]=1",
      "payload[=1",
      "payload[value]=%zz",
      "a=1&".repeat(1_001),
    ].map((text) => {
      const { split } = taken(v1, { text, type: form });
      return split.kind === "unreadable" ? split.fault.detail : split;
    });
    expect(details).toEqual([
      "the body has a name that stands twice: payload[value]",
      "the body has a name that is a value and an object at once: payload[value]",
      "the body has a name that cannot be read: payload[a][b][c][d][e][f][g][h][i]",
      "the body has a name that cannot be read: payload[",
      "the body has a percent sign that stands before no hex digits",
      "the body has more than 1000 fields",
    ]);
  });

  test("names of the prototype are names like others, and refused as such", () => {
    const text =
      "__proto__[customer]=x&event_name=t&payload[__proto__]=1&payload[stripe_customer_id]=c&identifier=i";
    expect(told(v1, { text, type: form })).toMatchObject({
      events: [{ status: "refused", reason: "forbidden_name" }],
    });
    expect({}).not.toHaveProperty("customer");
  });

  test("errors have the member by which the SDK knows them", () => {
    const { door } = taken(v1, { text: "", type: form });
    expect(
      door.failure?.({
        status: 400,
        detail: "payload: is missing",
        reason: "missing",
        field: "payload",
      }),
    ).toEqual({
      error: {
        type: "invalid_request_error",
        message: "payload: is missing",
        code: "missing",
        param: "payload",
      },
    });
  });
});

describe("Stripe's adjustments", () => {
  test("a cancellation retracts the event with that identifier, once however often it is sent", () => {
    const text = "event_name=llm_tokens&type=cancel&cancel[identifier]=evt-1";
    const request = { text, type: form };
    const path = "/v1/billing/meter_event_adjustments";
    expect(told(path, request)).toEqual({
      door: "stripe_adjustments",
      events: [
        {
          id: "cancel:evt-1",
          source: "",
          type: "",
          customer: "",
          subscription: null,
          time: null,
          properties: {},
          target: "evt-1",
        },
      ],
      answer: {
        status: 200,
        body: {
          object: "billing.meter_event_adjustment",
          event_name: "llm_tokens",
          type: "cancel",
          cancel: { identifier: "evt-1" },
          status: "pending",
          livemode: true,
        },
      },
    });
    expect(told(path, request)).toEqual(told(path, request));
  });

  test("what is not one is refused by what is wrong", () => {
    const faults = [
      { type: "cancel", cancel: { identifier: "e" } },
      { event_name: "t", type: "add", cancel: { identifier: "e" } },
      { event_name: "t", type: "cancel" },
      { event_name: "t", type: "cancel", cancel: { identifier: 7 } },
    ].map((json) => {
      const { items } = taken("/v2/billing/meter_event_adjustments", { json });
      return items.map((one) => (one.ok ? "taken" : `${one.fault.field}: ${one.fault.reason}`));
    });
    expect(faults.flat()).toEqual([
      "event_name: missing",
      "type: unsupported",
      "cancel.identifier: missing",
      "cancel.identifier: missing",
    ]);
  });
});
