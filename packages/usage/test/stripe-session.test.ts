import { describe, expect, test } from "vitest";
import { sessionOf, sessionToken } from "../src/index.ts";

const session = { tenant: "default", api_key: "key_1", expires: 1_000 };
const hash = "aa".repeat(32);
const keyHashOf = ({ api_key }: { readonly api_key: string }) =>
  api_key === "key_1" ? hash : undefined;

describe("the token of a session", () => {
  const token = sessionToken(session, hash);

  test("is known until its end by whoever knows the key's hash", () => {
    expect(sessionOf(token, 999, keyHashOf)).toEqual(session);
    expect(sessionOf(token, 1_000, keyHashOf)).toBeUndefined();
    expect(sessionOf(token, 999, () => undefined)).toBeUndefined();
    expect(sessionOf(token, 999, () => "bb".repeat(32))).toBeUndefined();
  });

  test("cannot be given another end, or another holder", () => {
    const [prefix, , signature] = token.split(".");
    for (const said of [["default", "key_1", 9_999], ["other", "key_1", 1_000], "x", [1, 2, 3]]) {
      const forged = Buffer.from(JSON.stringify(said)).toString("base64url");
      expect(sessionOf(`${prefix}.${forged}.${signature}`, 999, keyHashOf)).toBeUndefined();
    }
    for (const text of ["", "mes..", `${token}x`, token.slice(0, -1), `x${token}`])
      expect(sessionOf(text, 999, keyHashOf)).toBeUndefined();
  });
});
