import { expect, test } from "vitest";

import { oddCalendars } from "./odd-calendars.ts";
import { reconciled } from "./reconciled.ts";

const seeds = 40;

test(
  `what is rated under faults by odd calendars reconciles to 0 (seeds 1 to ${seeds})`,
  { timeout: 600_000 },
  async () => {
    const posted = await reconciled(seeds, oddCalendars());
    // A simulation in which nothing came late, or no bound was passed, would prove nothing.
    const adjustments = posted.filter(({ transaction_kind: kind }) => kind === "adjustment");
    expect(adjustments.length).toBeGreaterThan(seeds);
    expect(new Set(posted.map(({ evidence }) => evidence.period_to)).size).toBeGreaterThan(5);
  },
);
