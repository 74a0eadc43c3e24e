import {
  type Correction,
  decide,
  type EndedPolicy,
  type GiveBack,
  unwind,
} from "@tallybook/credits";
import { currency, decimal, negate, sum, toText } from "@tallybook/money";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  after,
  creditsOf,
  DAY,
  grant,
  HOUR,
  left,
  refused,
  run,
  start,
  succeeded,
  use,
  whole,
} from "./examples.ts";

const usd = currency("USD") ?? null;
const list = (amounts: Record<string, string>) =>
  Object.entries(amounts).map(([allocation, amount]) => ({ allocation, amount: decimal(amount) }));
const texts = (corrections: readonly Correction[]) =>
  corrections.map(({ allocation, amount }) => `${allocation} ${toText(amount)}`);

describe("taking back", () => {
  const taken = (amounts: Record<string, string>, earlier: Record<string, string>, by: string) =>
    texts(succeeded(unwind(list(amounts), list(earlier), decimal(by), usd)).corrections);

  test("begins with the latest allocation", () => {
    expect(taken({ a1: "5", a2: "3", a3: "2" }, {}, "-10")).toEqual(["a3 -2", "a2 -3", "a1 -5"]);
    expect(taken({ a1: "5", a2: "3", a3: "2" }, {}, "-7")).toEqual(["a3 -2", "a2 -3", "a1 -2"]);
    expect(taken({ a1: "100", a2: "100" }, {}, "-0.01")).toEqual(["a2 -0.01"]);
  });

  test("takes only what earlier corrections have left", () => {
    expect(taken({ a1: "10" }, { a1: "-4" }, "-6")).toEqual(["a1 -6"]);
    expect(taken({ a1: "5", a2: "5" }, { a2: "-5" }, "-5")).toEqual(["a1 -5"]);
    expect(taken({ a1: "10" }, {}, "0")).toEqual([]);
  });

  test("is refused with what is wrong", () => {
    const fault = (amounts: Record<string, string>, earlier: Record<string, string>, by: string) =>
      refused(unwind(list(amounts), list(earlier), decimal(by), usd));
    expect(fault({ a1: "10" }, { a1: "-8" }, "-5")).toBe(
      "insufficient funds: 5 is asked back, and of a1 2 is left",
    );
    expect(fault({ a1: "10" }, {}, "5")).toMatch(/^amount must not be positive/);
    expect(fault({ a1: "10" }, {}, "-1.005")).toBe("-1.005 must have at most 2 decimals in USD");
    expect(fault({ a1: "10" }, { a9: "-1" }, "-1")).toMatch(/allocation a9, which is not given/);
    expect(fault({ a1: "10" }, { a1: "-11" }, "0")).toMatch(/corrected by more than it had/);
    expect(fault({ a1: "10" }, { a1: "1" }, "0")).toMatch(/has to be below zero/);
  });

  test("in several steps comes to the same as at once", () => {
    const cents = fc.integer({ min: 1, max: 1_000 });
    fc.assert(
      fc.property(
        fc.array(cents, { minLength: 1, maxLength: 6 }),
        fc.nat(6_000),
        fc.nat(6_000),
        (amounts, one, two) => {
          const total = amounts.reduce((a, b) => a + b, 0);
          const [first, both] = [one % (total + 1), Math.max(one % (total + 1), two % (total + 1))];
          const allocations = amounts.map((amount, index) => ({
            allocation: `a${index}`,
            amount: decimal(String(amount)),
          }));
          const take = (earlier: readonly Correction[], by: number) =>
            succeeded(unwind(allocations, earlier, negate(decimal(String(by))), null)).corrections;
          const before = take([], first);
          const inSteps = [...before, ...take(before, both - first)];
          expect(byAllocation(inSteps)).toEqual(byAllocation(take([], both)));
        },
      ),
    );
  });
});

function byAllocation(corrections: readonly Correction[]): Record<string, string> {
  const groups = Object.groupBy(corrections, ({ allocation }) => allocation);
  return Object.fromEntries(
    Object.entries(groups).map(([id, each]) => [
      id,
      toText(sum((each ?? []).map(({ amount }) => amount))),
    ]),
  );
}

describe("giving back", () => {
  const order = (by: string, at: number, ended: EndedPolicy): GiveBack => ({
    kind: "give_back",
    at,
    burns: [
      { allocation: "b1", grant: "promo", amount: decimal("30") },
      { allocation: "b2", grant: "paid", amount: decimal("20") },
    ],
    earlier: [],
    by: decimal(by),
    currency: null,
    ended,
  });
  const grants = [
    grant({ grant: "promo", amount: "30", priority: 1, expires_at: start + DAY }),
    grant({ grant: "paid", amount: "70", priority: 2 }),
  ];
  const burnt = run(creditsOf(grants), start + HOUR, [use(start, "50")]).credits;

  test("goes to the grants it came from, in reverse order, and they burn as before", () => {
    expect(left(burnt)).toEqual({ promo: "0", paid: "50" });
    const back = after(burnt, order("-25", start + HOUR, { kind: "refuses" }));
    expect(left(back)).toEqual({ promo: "5", paid: "70" });
    const again = run(back, start + 2 * HOUR, [use(start + HOUR, "25")]).credits;
    expect(left(again)).toEqual(left(burnt));
  });

  test("all of it leaves credits as if nothing had burnt", () => {
    const back = after(burnt, order("-50", start + HOUR, { kind: "refuses" }));
    const never = after(creditsOf(grants), { kind: "pass", at: start + HOUR });
    expect(whole({ ...back, used: never.used })).toEqual(whole(never));
  });

  test("to a grant that has expired expires at once, revives it, or is refused, as was asked", () => {
    const late = start + 2 * DAY;
    const expires = after(burnt, order("-50", late, { kind: "expires" }));
    expect(left(expires)).toEqual({ promo: "0", paid: "70" });
    expect(expires.held.map(({ terms, expired }) => `${terms.grant} ${toText(expired)}`)).toEqual([
      "promo 30",
      "paid 0",
    ]);
    const revived = after(burnt, order("-50", late, { kind: "revives", until: late + DAY }));
    expect(left(revived)).toEqual({ promo: "30", paid: "70" });
    const end = after(revived, { kind: "pass", at: late + DAY });
    expect(left(end)).toEqual({ promo: "0", paid: "70" });
    expect(refused(decide(burnt, order("-50", late, { kind: "refuses" })))).toBe(
      "grant promo has expired, and 30 should go back to it: let it expire at once, or revive the grant",
    );
    expect(left(after(burnt, order("-20", late, { kind: "refuses" })))).toEqual({
      promo: "0",
      paid: "70",
    });
  });

  test("to a grant that was voided is voided again", () => {
    const voided = after(burnt, { kind: "void", at: start + HOUR, grant: "paid", amount: null });
    const back = after(
      voided,
      order("-20", start + HOUR, { kind: "revives", until: start + 9 * DAY }),
    );
    expect(left(back)).toEqual({ promo: "0", paid: "0" });
    expect(toText(back.held[1]?.voided ?? decimal("0"))).toBe("70");
  });

  test("covers the overage that has come up since", () => {
    const over = run(burnt, start + 2 * HOUR, [use(start + HOUR, "60")]).credits;
    expect(over.overage.map(({ quantity }) => toText(quantity))).toEqual(["10"]);
    const back = after(over, order("-15", start + 2 * HOUR, { kind: "refuses" }));
    expect(left(back)).toEqual({ promo: "0", paid: "5" });
    expect(back.overage).toEqual([]);
  });

  test("more than a grant has burnt, or of a grant that is not there, is refused", () => {
    const fresh = creditsOf(grants);
    expect(refused(decide(fresh, order("-1", start, { kind: "expires" })))).toBe(
      "grant paid has burnt 0, and 1 should go back: check the earlier corrections",
    );
    const strange = creditsOf([grants[0] ?? grant()]);
    expect(refused(decide(strange, order("-1", start, { kind: "expires" })))).toBe(
      "burn b2 is of grant paid, which is not there: look it up by its id",
    );
  });
});
