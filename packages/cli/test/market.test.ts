import { expect, test } from "vitest";

import { marketText } from "../src/market.ts";

test("a market is a check-list with its verdict", () => {
  const rows = [
    { what: "market", found: "DE, version 1", missing: "" },
    { what: "activation", found: "none", missing: "say its activated_at in markets: DE" },
  ];
  expect(`\n${marketText({ country: "DE", ready: false, rows }).join("\n")}`).toBe(`
   DE          found          to do
─  ──────────  ─────────────  ───────────────────────────────────
✓  market      DE, version 1
✗  activation  none           say its activated_at in markets: DE

NOT READY: 1 of 2 are missing for sales into DE.`);
  expect(marketText({ country: "DE", ready: true, rows: rows.slice(0, 1) }).at(-1)).toBe(
    "READY: sales into DE can be invoiced.",
  );
});
