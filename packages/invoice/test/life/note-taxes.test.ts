import { roundLines, taxesOfLines } from "@tallybook/invoice";
import type {
  DraftLine,
  InvoiceFinalized,
  InvoiceTax,
  NoteIssued,
  TaxOn,
} from "@tallybook/invoice";
import { compare, decimal, negate, sum, toText } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { fee } from "../paper.ts";
import { newStory } from "./story.ts";
import type { Story } from "./story.ts";

const vat: TaxOn = {
  treatment: "taxed",
  tax_rate: "vat",
  tax_rate_version: 1,
  name: "VAT",
  jurisdiction: "DE",
  percent: "19",
  inclusive: false,
  reason: "",
};
const city: TaxOn = { ...vat, name: "City tax", jurisdiction: "BER", percent: "1.5" };
const held: TaxOn = { ...vat, name: "Levy", jurisdiction: "EU", percent: "7", inclusive: true };
const exempt: TaxOn = {
  ...vat,
  treatment: "exempt",
  name: "",
  jurisdiction: "",
  percent: "0",
  reason: "Exempt from tax",
};

describe("a note on a line with taxes", () => {
  test("gives back what the rates are on what it credits, and the last one the rest", () => {
    const story = invoiced(["10.005", "5.005"], [[vat, city], [vat]]);
    // 15.02 and, of the exact sums, 2.85 and 0.15.
    expect(story.standing()).toBe("INV-1 finalized 1802, credit 0");
    expect(story.note("credit", "n1", "INV-1", [[1, "333"]])).toBe("told");
    expect(story.note("credit", "n2", "INV-1", [[1, "333"]])).toBe("told");
    expect(story.note("credit", "n3", "INV-1", null)).toBe("told");
    expect(notesOf(story).map(shown)).toEqual([
      "CN-000001 401: 63 DE on 3.33 of 1, 5 BER on 3.33 of 1",
      "CN-000002 401: 63 DE on 3.33 of 1, 5 BER on 3.33 of 1",
      "CN-000003 1000: 159 DE on 8.35 of 1 2, 5 BER on 3.345 of 1",
    ]);
    expect(story.standing()).toBe("INV-1 paid 0, credit 0");
  });

  test("posts it to the jurisdictions, and what prices held to income again", () => {
    const story = invoiced(["107", "50"], [[held], [vat]]);
    story.pay("p1", "16650");
    story.note("credit", "n1", "INV-1", [
      [1, "5350"],
      [2, "1000"],
    ]);
    story.note("debit", "n2", "INV-1", [[2, "100"]]);
    expect(story.standing()).toBe("INV-1 partly_paid 119, credit 6540");
    expect(`\n${story.text()}\n`).toBe(`
2024-01-15  payment default/payments/p1          assets:bank                166.5 USD
                                                 assets:receivable:acme    -166.5 USD
2024-01-15  credit_note default/credit-notes/n1  income:adjustments:dev      63.5 USD
                                                 liabilities:tax:EU           3.5 USD
                                                 income:tax-included:EU      -3.5 USD
                                                 liabilities:tax:DE           1.9 USD
                                                 liabilities:credits:acme   -65.4 USD
2024-01-15  debit_note default/debit-notes/n2    assets:receivable:acme      1.19 USD
                                                 income:adjustments:dev        -1 USD
                                                 liabilities:tax:DE         -0.19 USD
`);
  });

  test("says why there is no tax on it, where there is none", () => {
    const story = invoiced(["20"], [[exempt]]);
    story.note("credit", "n1", "INV-1", [[1, "500"]]);
    expect(notesOf(story)[0]).toMatchObject({
      amount: "500",
      taxes: [{ reason: "Exempt from tax", amount: "0", base: "5", lines: [1] }],
    });
  });

  test("leaves them as they are where somebody says so, and the note behind it gives back those of the rest", () => {
    const story = invoiced(["10", "5"], [[vat], []]);
    expect(story.note("credit", "n1", "INV-1", [[1, "400"]], true)).toBe("told");
    expect(story.note("credit", "n1", "INV-1", [[1, "400"]], true)).toBe("known");
    expect(story.note("credit", "n1", "INV-1", [[1, "400"]])).toBe(
      'note: It stands for another one already, whose tax is "kept", not "changed with it": give this one an id of its own.',
    );
    expect(story.note("credit", "n2", "INV-1", null)).toBe("told");
    expect(story.note("credit", "n2", "INV-1", null, true)).toContain("whose tax is");
    // 19 % of 4.00 stay.
    expect(story.standing()).toBe("INV-1 finalized 76, credit 0");
    expect(story.note("credit", "n3", "INV-1", null)).toContain("They come to 0 USD");
    // Asked for again as it was credited, it is credited with its tax.
    expect(story.note("debit", "n3", "INV-1", [[1, "400"]], true)).toBe("told");
    expect(story.note("credit", "n4", "INV-1", null)).toBe("told");
    expect(story.standing()).toBe("INV-1 paid 0, credit 0");
  });

  test("of before notes had taxes has kept them", () => {
    const story = invoiced(["10"], [[vat]]);
    story.note("credit", "n1", "INV-1", [[1, "400"]], true);
    expect(notesOf(story)[0]).toMatchObject({ taxes: [], amount: "400" });
  });

  test("gives back of a calculator's own cents as much as of its lines", () => {
    // A third of a cent each, which it has rounded up: 30 instead of 10.
    const lines = Array.from({ length: 30 }, () => "0.01754385964912280701754386");
    const on = lines.map(() => [vat]);
    const drafts = lines.map(fee);
    const [own] = taxesOfLines(drafts, on, "USD");
    if (own === undefined) throw new Error("its tax");
    const given = [{ ...own, amount: "30" }];
    const story = newStory();
    const { lines: priced, total } = roundLines({ lines: drafts, currency: "USD", taxes: given });
    expect([own.amount, total]).toEqual(["10", "83"]);
    tell(story, { total, taxes: given }, priced);
    const half = Array.from({ length: 15 }, (_, at) => [at + 1, priced[at]?.amount ?? ""] as const);
    expect(story.note("credit", "n1", "INV-1", half)).toBe("told");
    expect(story.note("credit", "n2", "INV-1", null)).toBe("told");
    expect(notesOf(story).map(({ taxes }) => taxes[0]?.amount)).toEqual(["17", "13"]);
    expect(story.standing()).toBe("INV-1 paid 0, credit 0");
  });
});

// Lines of both signs are not among them: docs/NEXT.md says what may be left of those.
const exacts = fc
  .tuple(fc.integer({ min: 0, max: 9_000_000 }), fc.constantFrom(3, 5, 6))
  .map(([units, decimals]) => toText(decimal(shifted(units, decimals))));
const ons = fc.subarray([vat, city, held]);

test("notes that leave nothing of an invoice have given back its total and each of its taxes to the cent", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(exacts, ons), { minLength: 1, maxLength: 6 }),
      fc.array(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 100 }), fc.boolean()), {
        maxLength: 12,
      }),
      fc.boolean(),
      (lines, parts, isPaid) => {
        const drafts = lines.map(([exact]) => fee(exact));
        const taxes = taxesOfLines(
          drafts,
          lines.map(([, on]) => on),
          "USD",
        );
        const made = roundLines({ lines: drafts, currency: "USD", taxes });
        fc.pre(compare(decimal(made.total), zero) > 0);
        const story = newStory();
        tell(story, { total: made.total, taxes }, made.lines);
        if (isPaid) story.pay("p1", made.total);
        for (const [nth, [line, percent, isDebit]] of parts.entries()) {
          const amount = decimal(made.lines[line]?.amount ?? "0");
          const part = (BigInt(toText(amount)) * BigInt(percent)) / 300n;
          if (part === 0n) continue;
          const debit = part < 0n ? -part : part;
          const of = [[line + 1, String(isDebit ? debit : part)]] as const;
          story.note(isDebit ? "debit" : "credit", `n${nth}`, "INV-1", of);
          expectNear(story, taxes, made.lines);
        }
        // What is left may come to nothing, and no note is of that.
        fc.pre(story.note("credit", "last", "INV-1", null) === "told");

        const notes = notesOf(story);
        const signed = ({ direction }: NoteIssued, amount: string): Decimal =>
          direction === "credit" ? decimal(amount) : negate(decimal(amount));
        expect(toText(sum(notes.map((note) => signed(note, note.amount))))).toBe(made.total);
        for (const [nth, tax] of taxes.entries()) {
          const given = notes.flatMap((note) =>
            note.taxes.filter((each) => each.nth === nth).map(({ amount }) => signed(note, amount)),
          );
          expect(toText(sum(given))).toBe(tax.amount);
        }
        const credit = isPaid ? made.total : "0";
        expect(story.standing()).toBe(`INV-1 paid 0, credit ${credit}`);
        const balances = story.balances();
        expect(toText(sum(Object.values(balances).map(decimal)))).toBe("0");
        for (const jurisdiction of new Set(taxes.map((tax) => tax.jurisdiction))) {
          const own = taxes.filter((tax) => tax.jurisdiction === jurisdiction);
          const owed = sum(own.map(({ amount }) => decimal(amount)));
          const booked = decimal(balances[`liabilities:tax:${jurisdiction}`] ?? "0");
          expect(toText(sum(Array<Decimal>(100).fill(booked)))).toBe(toText(owed));
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

/** What is left of each tax is its rate on what is left of its lines, but for their roundings. */
function expectNear(
  story: Story,
  taxes: readonly InvoiceTax[],
  lines: InvoiceFinalized["lines"],
): void {
  const notes = notesOf(story);
  for (const [nth, tax] of taxes.entries()) {
    const signOf = ({ direction }: NoteIssued) => (direction === "credit" ? -1 : 1);
    const noted = (line: number) =>
      notes.reduce((all, note) => {
        const own = note.lines.find((each) => each.line === line);
        return all + signOf(note) * Number(own?.amount ?? 0);
      }, 0);
    const base = tax.lines.reduce((all, line) => {
      const isHeld = taxes.filter((each) => each.inclusive && each.lines.includes(line));
      const percents = isHeld.reduce((percent, each) => percent + Number(each.percent), 0);
      const cents = Number(lines[line - 1]?.amount ?? 0) + noted(line);
      return all + (cents * 100) / (100 + percents);
    }, 0);
    const given = notes.reduce((all, note) => {
      const own = note.taxes.find((each) => each.nth === nth);
      return all + signOf(note) * Number(own?.amount ?? 0);
    }, 0);
    const left = Number(tax.amount) + given;
    expect(Math.abs(left - (base * Number(tax.percent)) / 100)).toBeLessThan(1.5);
  }
}

/** An invoice of lines with these exact amounts, major units, and the taxes on each. */
function invoiced(exact: readonly string[], on: readonly (readonly TaxOn[])[]): Story {
  const lines: DraftLine[] = exact.map(fee);
  const taxes = taxesOfLines(lines, on, "USD");
  const made = roundLines({ lines, currency: "USD", taxes });
  const story = newStory();
  tell(story, { total: made.total, taxes }, made.lines);
  return story;
}

function tell(
  story: Story,
  { total, taxes }: Pick<InvoiceFinalized, "total" | "taxes">,
  lines: InvoiceFinalized["lines"],
): void {
  story.invoice("INV-1", total, { taxes }, lines);
}

function notesOf({ facts }: Story): NoteIssued[] {
  return facts.filter((fact) => fact.kind === "NoteIssued");
}

function shown({ note_number, amount, taxes }: NoteIssued): string {
  const each = taxes.map(
    (tax) => `${tax.amount} ${tax.jurisdiction} on ${tax.base} of ${tax.lines.join(" ")}`,
  );
  return `${note_number} ${amount}: ${each.join(", ")}`;
}

function shifted(units: number, decimals: number): string {
  const digits = String(Math.abs(units)).padStart(decimals + 1, "0");
  const text = `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return units < 0 ? `-${text}` : text;
}

const zero = decimal("0");
