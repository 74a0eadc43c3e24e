import { expect, test } from "vitest";

import { changingSubscriptions } from "./changing-subscriptions.ts";
import { reconciled } from "./reconciled.ts";

const seeds = 20;

test(
  `what is rated under faults of subscriptions that change reconciles to 0 (seeds 1 to ${seeds})`,
  { timeout: 600_000 },
  async () => {
    const posted = await reconciled(seeds, changingSubscriptions());
    // A simulation in which nothing came late, no part was rated and no trial, would prove nothing.
    const adjustments = posted.filter(({ transaction_kind: kind }) => kind === "adjustment");
    expect(adjustments.length).toBeGreaterThan(5);
    const parts = posted.filter(({ evidence }) => evidence.part !== null);
    expect(new Set(parts.map(({ evidence }) => evidence.period_to)).size).toBeGreaterThan(5);
    expect(posted.some(({ evidence }) => evidence.covered === "everything")).toBe(true);
    const discounts = posted.filter(({ transaction_kind: kind }) => kind === "discount");
    expect(discounts.filter(({ adjusts }) => adjusts !== null).length).toBeGreaterThan(3);
    const written = posted.filter(({ evidence }) => evidence.written_off !== null);
    expect(new Set(written.map(({ tenant }) => tenant))).toEqual(new Set(["a", "b"]));
    expect(discounts.filter(({ adjusts }) => adjusts === null).length).toBeGreaterThan(5);
    expect(new Set(posted.map(({ evidence }) => evidence.plan))).toEqual(
      new Set(["p", "q", "beside"]),
    );
  },
);
