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
      parked: [],
      refused: [],
      unmeasurable: [],
      differences: [],
    },
  });
  expect(lines).toContain("  one: 5 tokens of acme: no_subscription");
  expect(lines).toContain("  two: 5 tokens of acme, naming s9: other_customer");
});
