import { describe, expect, test } from "vitest";
import { taken, told, type Sent } from "./sent.ts";

const path = "/v1/litellm";

/** A call as LiteLLM 1.106.2 logs it, without most of what nobody reads. */
const call = {
  id: "chatcmpl-abc123",
  litellm_call_id: "0c523116-a9f0-4235-a28e-b059cc39daea",
  call_type: "acompletion",
  cache_hit: null,
  status: "success",
  custom_llm_provider: "openai",
  startTime: 1795241947.096747,
  endTime: 1795241947.678482,
  model: "gpt-4o-mini",
  metadata: {
    user_api_key_team_id: "t-7",
    user_api_key_user_id: "u-9",
    user_api_key_end_user_id: null,
    requester_metadata: { project: "p1" },
    prompt_management_metadata: { variables: "SECRET" },
    usage_object: {
      completion_tokens: 30,
      prompt_tokens: 120,
      total_tokens: 150,
      completion_tokens_details: { reasoning_tokens: 10, note: "SECRET" },
      prompt_tokens_details: { audio_tokens: null, cached_tokens: 64 },
    },
  },
  response_cost: 3.12e-5,
  prompt_tokens: 120,
  completion_tokens: 30,
  model_group: "",
  end_user: null,
  messages: [{ role: "user", content: "SECRET hello" }],
  response: { choices: [{ message: { content: "SECRET hi" } }] },
  model_parameters: { user: "cust-1", stop: "SECRET" },
  error_str: "SECRET",
};

const event = {
  id: "0c523116-a9f0-4235-a28e-b059cc39daea",
  source: "",
  type: "llm.call",
  customer: "cust-1",
  subscription: null,
  time: 1795241947678482,
  properties: {
    model: "gpt-4o-mini",
    provider: "openai",
    call_type: "acompletion",
    team: "t-7",
    user: "u-9",
    cost: "0.0000312",
    input_uncached: "56",
    input_cache_read: "64",
    input_cache_write: "0",
    output_text: "20",
    output_reasoning: "10",
    usage:
      '{"completion_tokens":30,"completion_tokens_details":{"reasoning_tokens":10},"prompt_tokens":120,"prompt_tokens_details":{"cached_tokens":64},"total_tokens":150}',
  },
  target: null,
};

describe("LiteLLM's generic_api", () => {
  test("a list, lines and one alone are the same events, under the one content type that it has for them", () => {
    const other = { ...call, litellm_call_id: "another", id: call.id };
    const asList = told(path, { json: [call, other] });
    expect(asList).toMatchObject({
      door: "litellm",
      events: [event, { ...event, id: "another" }],
      answer: { status: 200, body: { accepted: 2, refused: 0 } },
    });
    const lines = `${JSON.stringify(call)}\n${JSON.stringify(other)}`;
    expect(told(path, { text: lines })).toEqual(asList);
    expect(told(path, { json: call })).toMatchObject({ events: [event] });
  });

  test("no prompt and no answer is in what is taken, and none in what is kept of what is refused", () => {
    const requests: Sent[] = [
      { json: [call] },
      { json: [{ ...call, litellm_call_id: null }] },
      {
        json: [{ ...call, model_parameters: {}, model: { text: "SECRET" }, end_user: ["SECRET"] }],
      },
      { json: ["SECRET", ["SECRET"], { messages: "SECRET" }] },
      { text: `${JSON.stringify(call)}\n{"messages":"SECRET` },
      { text: '{"messages":"SECRET' },
      { text: "SECRET", mapping: { customer: "model" } },
    ];
    for (const request of requests) {
      const { split, items } = taken(path, request);
      const kept = items.map((one) => [
        one.ok ? one.event : one.fault,
        Buffer.from(one.item.source()).toString(),
      ]);
      const said = split.kind === "unreadable" ? split.fault : null;
      expect(JSON.stringify([kept, said])).not.toContain("SECRET");
    }
  });

  test("what is kept of a refused call is a call that the door reads, whoever is served", () => {
    const nobody = { ...call, model_parameters: {} };
    const [refused] = taken(path, { json: nobody }).items;
    expect(refused).toMatchObject({ ok: false, fault: { field: "end_user", reason: "missing" } });
    const text = Buffer.from(refused?.item.source() ?? []).toString();
    const mapping = { customer: "metadata.requester_metadata.project" };
    expect(told(path, { text, mapping })).toMatchObject({
      events: [{ ...event, customer: "p1" }],
    });
  });

  test("a failed call is of another type, which no meter of calls measures", () => {
    const failed = {
      ...call,
      status: "failure",
      metadata: {},
      prompt_tokens: 0,
      completion_tokens: 0,
    };
    expect(told(path, { json: failed })).toMatchObject({
      events: [{ type: "llm.call.failed", properties: { input_uncached: "0", output_text: "0" } }],
    });
  });

  test("what a provider writes into its cache is a class of its own, by either name", () => {
    const usages = [
      {
        prompt_tokens: 100,
        completion_tokens: 1,
        cache_creation_input_tokens: 30,
        cache_read_input_tokens: 20,
      },
      {
        prompt_tokens: 100,
        completion_tokens: 1,
        prompt_tokens_details: { cached_tokens: 20, cache_creation_tokens: 30 },
      },
    ];
    for (const usage_object of usages) {
      expect(told(path, { json: { ...call, metadata: { usage_object } } })).toMatchObject({
        events: [
          { properties: { input_uncached: "50", input_cache_read: "20", input_cache_write: "30" } },
        ],
      });
    }
  });

  test("parts that are more than their whole are refused, unless the tenant says that they stand beside it", () => {
    const usage_object = { prompt_tokens: 10, completion_tokens: 1, cache_read_input_tokens: 20 };
    const request = { json: { ...call, metadata: { usage_object } } };
    expect(told(path, request)).toMatchObject({
      events: [{ status: "refused", reason: "parts_exceed_total" }],
    });
    const tokens = {
      input: "metadata.usage_object.prompt_tokens",
      cache_read: "metadata.usage_object.cache_read_input_tokens",
      cache_write: null,
      output: "metadata.usage_object.completion_tokens",
      reasoning: null,
      totals: false,
    };
    expect(told(path, { ...request, mapping: { tokens } })).toMatchObject({
      events: [{ properties: { input_uncached: "10", input_cache_read: "20" } }],
    });
  });
});
