import type { Simulated } from "@tallybook/audit";
import { expect, test } from "vitest";
import { simulatedText } from "../src/simulated.ts";

const simulated: Simulated = {
  tenant: "default",
  plan: "pro",
  by: "team",
  period: { from: Date.UTC(2023, 0) * 1_000, to: Date.UTC(2024, 0) * 1_000 },
  cut: 9,
  currencies: [
    {
      currency: "USD",
      digits: 2,
      bills: 5,
      now: "60700",
      other: "59205",
      difference: "-1495",
      more: 1,
      less: 1,
      same: 1,
      bills_now: { p50: "100", p90: "30000", p99: "30000", worst: "30000" },
      bills_other: { p50: "90", p90: "31000", p99: "31000", worst: "31000" },
      rises: { p50: "0", p90: "1000", p99: "1000", worst: "1000" },
    },
  ],
  parked: { now: 0, other: 2 },
  customers: [
    {
      customer: "c",
      currency: "USD",
      bills: 1,
      now: "30000",
      other: "31000",
      difference: "1000",
      percent: "3.33",
    },
    {
      customer: "d",
      currency: "USD",
      bills: 1,
      now: "700",
      other: "700",
      difference: "0",
      percent: "0.00",
    },
    {
      customer: "a",
      currency: "USD",
      bills: 3,
      now: "30000",
      other: "27505",
      difference: "-2495",
      percent: "-8.32",
    },
  ],
};

test("another price is told by its sums, its bills, and who pays more and less", () => {
  expect(`\n${simulatedText(simulated, 10).join("\n")}\n`).toBe(`
plan team of the file instead of plan pro as it is, for billing periods that begin from 2023-01-01 on and are over by 2024-01-01:

3 customers and 5 bills in USD: 1 customers pay more, 1 less, 1 the same.

of all bills     now    then  a bill rises by
────────────  ──────  ──────  ───────────────
p50             1.00    0.90             0.00
p90           300.00  310.00            10.00
p99           300.00  310.00            10.00
worst         300.00  310.00            10.00
together      607.00  592.05           -14.95

Who pays more, and most first:
customer  bills     now    then  difference     %
────────  ─────  ──────  ──────  ──────────  ────
c             1  300.00  310.00       10.00  3.33

Who pays less, and least first:
customer  bills     now    then  difference      %
────────  ─────  ──────  ──────  ──────────  ─────
a             3  300.00  275.05      -24.95  -8.32

Charges that cannot be rated are in no amount: 0 now, 2 then.
`);
});

test("nobody on the plan is said", () => {
  expect(simulatedText({ ...simulated, by: "pro", customers: [], currencies: [] }, 10)).toEqual([
    "plan pro as in the file instead of plan pro as it is, for billing periods that begin from 2023-01-01 on and are over by 2024-01-01:",
    "",
    "Nobody has had a bill by plan pro other: there is nothing to compare.",
  ]);
});
