import {
  attemptsMax,
  nextAttemptAt,
  signatures,
  verifyMessage,
  webhookSecret,
} from "@tallybook/invoice";
import { expect, test } from "vitest";

const of = { tenant: "t", endpoint: "books", number: 1 };
const key = Buffer.alloc(32, 1);
const secret = webhookSecret(key, of);
const message = { id: "msg_1", timestamp: 1_700_000_000, body: '{"a":1}' };
const sent = { ...message, timestamp: String(message.timestamp) };
const signed = signatures(message, [secret]);

/** The example of the specification. */
test("a signature is the one of Standard Webhooks", () => {
  const example = {
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    timestamp: 1_614_265_330,
    body: '{"test": 2432232314}',
  };
  expect(signatures(example, ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])).toBe(
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  );
});

test("each endpoint and number has a secret of its own, the same one again of the same key", () => {
  expect(webhookSecret(key, of)).toBe(secret);
  const others = [
    webhookSecret(key, { ...of, number: 2 }),
    webhookSecret(key, { ...of, endpoint: "b" }),
    webhookSecret(key, { ...of, tenant: "u" }),
    webhookSecret(Buffer.alloc(32, 2), of),
  ];
  expect(new Set([secret, ...others]).size).toBe(5);
});

test("what is by the secret, and of these minutes, is taken", () => {
  for (const apart of [0, 300, -300])
    expect(verifyMessage(sent, signed, secret, message.timestamp + apart)).toEqual({
      kind: "verified",
    });
  const both = signatures(message, [webhookSecret(key, { ...of, number: 2 }), secret]);
  expect(verifyMessage(sent, both, secret, message.timestamp)).toEqual({ kind: "verified" });
});

test.each([
  ["another body", { ...sent, body: '{"a":2}' }, signed, 0],
  ["another id", { ...sent, id: "msg_2" }, signed, 0],
  ["an old message", sent, signed, 301],
  ["one of the future", sent, signed, -301],
  ["no time", { ...sent, timestamp: "" }, signed, 0],
  ["no signature", sent, "", 0],
  ["another version's signature", sent, signed.replace("v1", "v2"), 0],
  ["a shorter signature", sent, signed.slice(0, 20), 0],
])("%s is refused", (_, given, by, apart) => {
  expect(verifyMessage(given, by, secret, message.timestamp + apart)).toMatchObject({
    kind: "refused",
  });
});

test("a secret that is none is said to be none, and not shown", () => {
  expect(() => verifyMessage(sent, signed, "whsec_YQ==", message.timestamp)).toThrow(
    "a secret is whsec_ and",
  );
});

test("ten attempts go over three days, a tenth later at most, and a receiver may ask for more", () => {
  let at = 0;
  const waits: number[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const next = nextAttemptAt("msg_1", attempt, at, undefined);
    if (next === undefined) break;
    waits.push(next - at);
    at = next;
  }
  expect(waits.length + 1).toBe(attemptsMax);
  const hours = at / 3_600_000_000;
  expect(hours).toBeGreaterThanOrEqual(75.5);
  expect(hours).toBeLessThan(75.7 * 1.1);
  expect(nextAttemptAt("msg_1", 1, 0, 60)).toBe(60_000_000);
  expect(nextAttemptAt("msg_1", 1, 0, 999_999_999)).toBe(24 * 3_600_000_000);
  expect(nextAttemptAt("msg_2", 2, 0, undefined)).not.toBe(nextAttemptAt("msg_1", 2, 0, undefined));
});
