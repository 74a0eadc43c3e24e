import { expect, test } from "vitest";

import { changingSubscriptions } from "../simulation/changing-subscriptions.ts";
import { oddCalendars } from "../simulation/odd-calendars.ts";
import { reconciled } from "../simulation/reconciled.ts";

const seeds = Number(process.env["REPLAY_SEEDS"] ?? 1_000);
const half = Math.ceil(seeds / 2);

test.each([
  { of: "odd calendars", billed: oddCalendars, first: 1 },
  { of: "subscriptions that change", billed: changingSubscriptions, first: 1 + half },
])(
  `every invoice line of ${seeds} seeds replays exactly, with and without all of the log: $of`,
  async ({ billed, first }) => {
    const posted = await reconciled(half, billed(), first);
    // A simulation in which nothing came late would prove nothing.
    const adjustments = posted.filter(({ transaction_kind: kind }) => kind === "adjustment");
    expect(adjustments.length).toBeGreaterThan(half / 4);
  },
);
