import { beancount, ledger } from "@tallybook/books";
import { escapeName } from "@tallybook/journal";
import fc from "fast-check";
import { expect, test } from "vitest";

/** Names as the journal has them in its accounts. */
const part = fc
  .oneof(fc.string(), fc.stringMatching(/^[aAxX_;%3B-]{1,6}$/), fc.string({ unit: "binary" }))
  .map((name) => escapeName(name));

test("two parts of accounts never come to be one, and each dialect can have them", () => {
  fc.assert(
    fc.property(part, part, (one, other) => {
      for (const dialect of [ledger, beancount]) {
        expect(dialect.part(one) === dialect.part(other)).toBe(one === other);
      }
      expect(beancount.accountFault(`Assets:${beancount.part(one)}`)).toBeUndefined();
      expect(ledger.accountFault(`assets:${ledger.part(one)}`)).toBeUndefined();
    }),
    { numRuns: 2_000 },
  );
});

test("plain names stay as people know them", () => {
  expect(beancount.part("acme-2")).toBe("Acme-2");
  expect(beancount.part("42")).toBe("42");
  expect(ledger.part("acme_2")).toBe("acme_2");
});
