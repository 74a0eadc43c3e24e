import { takenOf } from "@tallybook/invoice";
import { expect, test } from "vitest";

import { catalogOf } from "../catalogs.ts";
import { at, newStory } from "./story.ts";

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

test("notes are numbered in the series of the entity in whose name their invoice is, those of others in the tenant's", () => {
  const numbering = { invoices: "EU-", digits: "4" };
  const story = newStory(
    catalogOf({ entities: [{ entity: "gmbh", numbering }, { entity: "plain" }] }),
  );
  story.invoice("EU-1", "2000", { entity: "gmbh" });
  story.invoice("INV-1", "2000", { entity: "plain" });
  story.invoice("INV-2", "2000");
  for (const [nth, [direction, of]] of (
    [
      ["credit", "EU-1"],
      ["credit", "INV-1"],
      ["debit", "EU-1"],
      ["credit", "INV-2"],
      ["credit", "EU-1"],
    ] as const
  ).entries())
    expect(story.note(direction, `n${nth}`, of, [[1, "1"]])).toBe("told");
  const told = story.facts.flatMap((fact) =>
    fact.kind === "NoteIssued" ? [`${fact.note_number} ${fact.entity}`] : [],
  );
  expect(told).toEqual([
    "EU-C-0001 gmbh",
    "CN-000001 plain",
    "EU-D-0001 gmbh",
    "CN-000002 null",
    "EU-C-0002 gmbh",
  ]);
});

test("a note is dated neither before its invoice nor before the note with the number before its own", () => {
  const story = newStory();
  story.invoice("INV-1", "2000", { finalized_at: at("2024-02-01") });
  story.invoice("INV-2", "2000");
  story.note("credit", "n1", "INV-1", [[1, "1"]]);
  story.note("credit", "n2", "INV-2", [[1, "1"]]);
  story.note("debit", "n3", "INV-2", [[1, "1"]]);
  const dates = story.facts.flatMap((fact) => (fact.kind === "NoteIssued" ? [fact.issued_at] : []));
  expect(dates).toEqual([at("2024-02-01"), at("2024-02-01"), at("2024-01-15")]);
});

test("of an invoice of several subscriptions each line is credited against its own plan, with its own discounts", () => {
  const story = newStory();
  const of = { plan_version: 1, period_from: at("2023-12-01"), period_to: at("2024-01-01") };
  const parts = [
    { subscription: "s1", plan: "dev", ...of, lines: 2 },
    { subscription: "s2", plan: "team", ...of, lines: 1 },
  ];
  const several = { subscription: "", plan: "", plan_version: 0, parts };
  story.invoice("INV-1", "2700", several, ["2500", "-500", "700"]);
  expect(story.note("credit", "n1", "INV-1", [[1, "2500"]])).toContain(
    "With what discounts took off, 2000 USD",
  );
  const some = [
    [1, "1000"],
    [3, "700"],
  ] as const;
  expect(story.note("credit", "n2", "INV-1", some)).toBe("told");
  expect(story.note("debit", "n3", "INV-1", [[3, "50"]])).toBe("told");
  const posted = story.facts.flatMap((fact) => {
    const taken = fact.kind === "NoteIssued" ? takenOf(fact) : undefined;
    return taken !== undefined && "postings" in taken ? [taken.postings] : [];
  });
  expect(posted.map((all) => all.map(({ account, amount }) => `${account} ${amount}`))).toEqual([
    ["income:adjustments:dev 10", "income:adjustments:team 7", "assets:receivable:acme -17"],
    ["assets:receivable:acme 0.5", "income:adjustments:team -0.5"],
  ]);
});
