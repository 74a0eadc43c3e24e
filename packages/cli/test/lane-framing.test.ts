import fc from "fast-check";
import { expect, test } from "vitest";

import { createAnswerFraming } from "../src/up/lane-framing.ts";

const ok = "HTTP/1.1 200 OK\r\n";
const answers = [
  `${ok}Content-Length: 0\r\n\r\n`,
  `${ok}content-length: 5\r\nx: y\r\n\r\n\r\n\r\n0`,
  `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\n\r\n\r\n0\r\n0\r\n\r\n`,
  `${ok}x: y\r\ntransfer-encoding: chunked\r\n\r\nA;name=value\r\n0123456789\r\n0\r\nTrailer: z\r\n\r\n`,
  `${ok}transfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
];

test("answers are counted, with a length or in chunks, however the bytes are cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...answers), { minLength: 1, maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 40 }),
      (sent, sizes) => {
        const bytes = Buffer.from(sent.join(""), "latin1");
        const framing = createAnswerFraming();
        let complete = 0;
        let cut = 0;
        for (let at = 0; at < bytes.length; cut += 1) {
          const size = sizes[cut % sizes.length] ?? 1;
          complete += framing.take(bytes.subarray(at, at + size)) ?? Number.NaN;
          at += size;
        }
        expect(complete).toBe(sent.length);
        expect(framing.isWithin()).toBe(false);
      },
    ),
  );
});

test("an answer that ends with its connection cannot be followed", () => {
  expect(createAnswerFraming().take(Buffer.from(`${ok}x: y\r\n\r\nbody`))).toBeUndefined();
  const chunked = `${ok}transfer-encoding: chunked\r\n\r\nno size\r\n`;
  expect(createAnswerFraming().take(Buffer.from(chunked))).toBeUndefined();
});

test("a part of an answer is seen as such", () => {
  const framing = createAnswerFraming();
  expect(framing.take(Buffer.from(`${ok}content-length: 3\r\n\r\nab`))).toBe(0);
  expect(framing.isWithin()).toBe(true);
  expect(framing.take(Buffer.from("c"))).toBe(1);
  expect(framing.isWithin()).toBe(false);
});
