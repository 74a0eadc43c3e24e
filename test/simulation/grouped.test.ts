import type { FactOf } from "@tallybook/wire";
import { expect, test } from "vitest";

import { groupedCustomers } from "./grouped-customers.ts";
import { reconciled } from "./reconciled.ts";

const seeds = 20;

test(
  `customers with one invoice for several subscriptions reconcile to 0 under faults (seeds 1 to ${seeds})`,
  { timeout: 600_000 },
  async () => {
    const invoices: FactOf<"InvoiceFinalized">[] = [];
    await reconciled(seeds, groupedCustomers(), 1, (made) => void invoices.push(...made));
    const several = invoices.filter(({ parts }) => parts.length > 0);
    for (const { parts, lines } of several)
      expect(parts.reduce((sum, part) => sum + part.lines, 0)).toBe(lines.length);
    const told = several.map(
      ({ tenant, customer, parts }) =>
        `${tenant} ${customer}: ${parts.map((part) => part.subscription).join(" ")}`,
    );
    // A simulation without several on one, or in which nothing stands apart, would prove nothing.
    expect(new Set(told)).toEqual(
      new Set(["a c1: s1 s2 s3", "a c1: s1 s2", "a c2: s4 s5", "b c2: s4 s5"]),
    );
    expect(several.length).toBeGreaterThan(seeds);
    const alone = invoices.filter(({ parts }) => parts.length === 0);
    expect(
      new Set(alone.filter((each) => each.tenant === "b").map((each) => each.customer)),
    ).toEqual(new Set(["c1", "c2"]));
  },
);
