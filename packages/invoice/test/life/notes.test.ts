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
