import { expect, test } from "vitest";

import { decode, encode, Undecodable } from "../src/index.ts";

test("a record of some bytes that says it has 2^40 properties is undecodable, and keeps nobody busy", () => {
  const frame = encode({
    kind: "UsageReported",
    tenant: "default",
    source: "",
    id: "1",
    type: "llm",
    customer: "acme",
    subscription: null,
    time: 1,
    properties: {},
    received_at: null,
    door: null,
    api_key: null,
    target: null,
    personal: {},
    correction: null,
    backfill: null,
  });
  // The number of properties, and behind it seven fields without anything.
  const at = frame.length - 8;
  const [before, behind] = [frame.subarray(0, at), frame.subarray(at + 1)];
  for (const count of ["feffffffff7f", "ffffffffff7f", "feff03", "0e"])
    expect(() => decode(Buffer.concat([before, Buffer.from(count, "hex"), behind]))).toThrow(
      Undecodable,
    );
});
