import fc from "fast-check";
import { expect, test } from "vitest";

import { createClaims } from "../src/claims.ts";

const text = (identity: Uint8Array) => Buffer.from(identity).toString("latin1");

test("claims are kept as a map keeps them, whatever identities look like", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          identity: fc.uint8Array({ maxLength: 3 }),
          raw_offset: fc.nat(),
          held_until: fc.integer(),
        }),
        { maxLength: 300 },
      ),
      (given) => {
        const claims = createClaims();
        const plain = new Map<string, object>();
        for (const { identity, raw_offset, held_until } of given) {
          const held = { raw_offset, held_until };
          expect(claims.of(identity)).toEqual(plain.get(text(identity)));
          claims.put(identity, held);
          plain.set(text(identity), held);
        }
        for (const { identity } of given)
          expect(claims.of(identity)).toEqual(plain.get(text(identity)));
        expect(claims.size()).toBe(plain.size);
      },
    ),
  );
});

test("of three hundred thousand identities none is lost, and what has expired is forgotten", () => {
  const claims = createClaims();
  const count = 300_000;
  const name = (at: number) => Buffer.from(`tenant\u001f\u001fevent-${at}`);
  for (let at = 0; at < count; at += 1) claims.put(name(at), { raw_offset: at, held_until: at });
  let wrong = 0;
  for (let at = 0; at < count; at += 1) wrong += claims.of(name(at))?.raw_offset === at ? 0 : 1;
  expect([claims.size(), wrong, claims.of(name(count))]).toEqual([count, 0, undefined]);
  claims.sweep(null);
  expect(claims.size()).toBe(count);
  claims.sweep(200_000);
  expect(claims.size()).toBe(100_000);
  expect([claims.of(name(199_999)), claims.of(name(200_000))?.raw_offset]).toEqual([
    undefined,
    200_000,
  ]);
});
