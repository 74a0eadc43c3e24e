import { makeGrant, openCredits } from "@tallybook/credits";
import { decimal } from "@tallybook/money";
import { expect, test } from "vitest";
import { grant, refused, spec, start } from "./examples.ts";

const faults = (over: Parameters<typeof spec>[0]) => {
  const made = makeGrant(spec(over));
  return made.ok ? [] : made.faults.map(({ field, reason }) => `${field} ${reason}`);
};

test("a grant that cannot be right is refused by field", () => {
  expect(faults({})).toEqual([]);
  expect(faults({ amount: "0" })).toEqual(["amount not_positive"]);
  expect(faults({ amount: "1e" })).toEqual(["amount not_a_number"]);
  expect(faults({ amount: "0.1234567890123" })).toEqual(["amount too_many_decimals"]);
  expect(faults({ amount: "1000000000000000000" })).toEqual(["amount too_large"]);
  expect(faults({ priority: -1 })).toEqual(["priority not_a_priority"]);
  expect(faults({ priority: 1.5 })).toEqual(["priority not_a_priority"]);
  expect(faults({ expires_at: start })).toEqual(["expires_at too_early"]);
  expect(faults({ rollover_min: "-1", carry_max: "-1" })).toEqual([
    "carry_max negative",
    "rollover_min negative",
  ]);
  expect(faults({ cost: { amount: "-1", currency: "XXX" } })).toEqual([
    "cost.amount negative",
    "cost.currency unknown",
  ]);
  expect(faults({ only: { meters: [], products: [] } })).toEqual(["only empty"]);
  expect(faults({ grant: "", unit: "" })).toEqual(["grant missing", "unit missing"]);
});

test("a refusal names the grant and says what to do", () => {
  const made = makeGrant(spec({ amount: "-5" }));
  expect(made.ok ? [] : made.faults.map(({ detail }) => detail)).toEqual([
    "grant g1: -5: it must be above zero",
  ]);
});

test("balances that do not match the grants are refused", () => {
  const open = (balances: Record<string, string>, grants = [grant()]) =>
    refused(
      openCredits({
        unit: "credits",
        at: start,
        grants,
        balances: new Map(Object.entries(balances).map(([id, text]) => [id, decimal(text)])),
        overage: [],
      }),
    );
  expect(open({})).toBe("grant g1 has no balance at 2024-01-01T00:00:00Z");
  expect(open({ g1: "-1" })).toBe("grant g1 has -1");
  expect(open({ g1: "1", g2: "1" })).toBe("a balance of grant g2, which is not given");
  expect(open({ g1: "1" }, [grant(), grant()])).toBe("grant g1 is there twice");
  expect(open({ g1: "1" }, [grant({ unit: "EUR" })])).toBe(
    "grant g1 is in EUR: these credits are credits",
  );
});
