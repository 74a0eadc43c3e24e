import { expect, test } from "vitest";

import { newStory } from "./story.ts";

test("lines are credited with what discounts took off them, and not more than the customer was asked for", () => {
  const story = newStory();
  story.invoice("INV-1", "2000", {}, ["2500", "-500"]);
  story.pay("p1", "2000");
  expect(story.note("credit", "n1", "INV-1", [[1, "2500"]])).toBe(
    "lines: With what discounts took off, 2000 USD (minor units) is left of what was charged, and 2500 is to be credited: credit the lines of the discounts with it, or less.",
  );
  expect(story.note("credit", "n1", "INV-1", [[1, "1900"]])).toBe("told");
  expect(story.note("credit", "n2", "INV-1", [[1, "101"]])).toContain("lines: With what discounts");
  const rest = [
    [1, "600"],
    [2, "-500"],
  ] as const;
  expect(story.note("credit", "n3", "INV-1", rest)).toBe("told");
  expect(story.standing()).toBe("INV-1 paid 0, credit 2000");
});

test("a note on a line with a tax needs somebody to say that the tax stays", () => {
  const story = newStory();
  const vat = {
    treatment: "taxed",
    tax_rate: "vat",
    tax_rate_version: 1,
    name: "VAT",
    jurisdiction: "DE",
    percent: "19",
    inclusive: false,
    reason: "",
    base: "15",
    exact: "2.85",
    amount: "285",
    lines: [1],
  } as const;
  story.invoice("INV-1", "2285", { taxes: [vat] }, ["1500", "500"]);
  expect(story.note("credit", "n1", "INV-1", null)).toBe(
    'tax: VAT, DE, 19 % is on line 1 of INV-1, and a note gives back no tax: say "tax": "kept" to credit the line\'s own amount and leave the tax owed. Where nothing is paid, the invoice can be voided with its taxes.',
  );
  expect(story.note("debit", "n1", "INV-1", [[1, "100"]])).toContain(
    'a note asks for none: say "tax": "kept"',
  );
  expect(story.note("credit", "n1", "INV-1", [[2, "500"]])).toBe("told");
  expect(story.note("credit", "n2", "INV-1", null, true)).toBe("told");
  expect(story.note("credit", "n2", "INV-1", null)).toBe("known");
  // The tax is still owed.
  expect(story.standing()).toBe("INV-1 finalized 285, credit 0");
});
