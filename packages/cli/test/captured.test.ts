import { expect, test } from "vitest";
import { readCaptured } from "../src/captured.ts";

test("a captured request keeps its path, the headers that a door reads, and every digit", () => {
  const text = `{"method":"post","url":"https://x.example/api/v1/events/?a=1",
    "headers":{"Content-Type":"application/json","Authorization":"Bearer secret","Ce-Id":"7","Host":"x"},
    "body":{"n":0.1000000000000000000001,"big":12345678901234567890}}`;
  expect(readCaptured(text, "f.json")).toEqual([
    {
      method: "POST",
      path: "/api/v1/events",
      headers: { "content-type": "application/json", "ce-id": "7" },
      body: '{"big":12345678901234567890,"n":0.1000000000000000000001}',
    },
  ]);
});

test("several stand in a list, and a body may be a text", () => {
  const text = '[{"path":"/v1/events","body":"a=1"},{"url":"/v1/events","method":"GET"}]';
  expect(readCaptured(text, "f.json")).toMatchObject([
    { method: "POST", path: "/v1/events", body: "a=1" },
    { method: "GET", body: "" },
  ]);
});

test.each([
  ["[{}]", "f.json, request 1: it needs a `url`"],
  ["[7]", "f.json, request 1: a captured request is a JSON object"],
  ["{", "f.json is not JSON"],
])("%s is no captured request", (text, why) => {
  expect(() => readCaptured(text, "f.json")).toThrow(why);
});
