import { readVerificationCode, verificationCode } from "@tallybook/invoice";
import { expect, test } from "vitest";

const of = { invoice: "ab".repeat(32), journal_hash: Buffer.alloc(32, 7) };

test("a code follows from the invoice and the head of the journal, and from nothing else", () => {
  const code = verificationCode(of);
  expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
  expect(verificationCode({ ...of })).toBe(code);
  expect(verificationCode({ ...of, invoice: "ac".repeat(32) })).not.toBe(code);
  expect(verificationCode({ ...of, journal_hash: Buffer.alloc(32, 8) })).not.toBe(code);
});

test("a code is read as people write it", () => {
  const code = verificationCode(of);
  expect(readVerificationCode(code)).toBe(code);
  expect(readVerificationCode(` ${code.toLowerCase().replaceAll("-", "")} `)).toBe(code);
  expect(readVerificationCode(code.replaceAll("0", "o").replaceAll("1", "l"))).toBe(code);
  for (const none of ["", "1234", code.replace(/.$/, "U"), `${code}-0000`])
    expect(readVerificationCode(none)).toBeUndefined();
});
