import { expect, test } from "vitest";

import { identityText } from "../src/identity.ts";

test("what nobody bills says whose it is, and which subscription was named", () => {
  const nobodys = { meter: "tokens", customer: "acme", quantity: "5" } as const;
  const lines = identityText({
    cut: 1,
    ahead: [],
    time: 0,
    rows: ["one", "two"].map((tenant) => ({
      tenant,
      name: "n",
      left: "1",
      right: "1",
      residual: "0",
    })),
    lists: {
      received: [],
      unattributed: [
        { tenant: "one", ...nobodys, subscription: "", reason: "no_subscription" },
        { tenant: "two", ...nobodys, subscription: "s9", reason: "other_customer" },
      ],
      open: [],
      written_off: [],
      parked: [],
      refused: [],
      unmeasurable: [],
      filled: [
        { tenant: "one", meter: "calls", measured: 7, were_without_meter: 5, unmeasurable: 1 },
      ],
      differences: [],
    },
  });
  expect(lines).toContain(
    "  one: 7 events by calls, 5 of which no meter had measured; 1 could not be measured",
  );
  expect(lines).toContain("  one: 5 tokens of acme: no_subscription");
  expect(lines).toContain("  two: 5 tokens of acme, naming s9: other_customer");
});
