import { expect, test } from "vitest";

import { at, newStory } from "./story.ts";
import type { Story } from "./story.ts";

const due = { due_at: at("2024-01-31") };

/** What is done, what it answers, and how things stand then. */
type Row = readonly [
  string,
  (story: Story) => string | number | void,
  string | number | undefined,
  string,
];

/** Every way from one state to the next, with an invoice of 20.00 in lines of 15.00 and 5.00. */
const stories: readonly (readonly [string, readonly Row[]])[] = [
  [
    "is sent, paid in part, overdue, paid",
    [
      ["send it", (it) => it.send("INV-1"), "told", "INV-1 sent 2000, credit 0"],
      ["send it again", (it) => it.send("INV-1"), "known", "INV-1 sent 2000, credit 0"],
      ["pay 5.00", (it) => it.pay("p1", "500"), "told", "INV-1 partly_paid 1500, credit 0"],
      ["a cut on the day", (it) => it.head("2024-01-31"), 0, "INV-1 partly_paid 1500, credit 0"],
      ["a cut after it", (it) => it.head("2024-02-01"), 1, "INV-1 overdue 1500, credit 0"],
      ["the next cut", (it) => it.head("2024-02-02"), 0, "INV-1 overdue 1500, credit 0"],
      ["pay 15.00", (it) => it.pay("p2", "1500"), "told", "INV-1 paid 0, credit 0"],
      ["p2 bounces", (it) => it.reverse("p2"), "told", "INV-1 overdue 1500, credit 0"],
      ["a later cut", (it) => it.head("2024-02-03"), 0, "INV-1 overdue 1500, credit 0"],
    ],
  ],
  [
    "is voided, once, and then nothing is asked for",
    [
      ["void it", (it) => it.void("INV-1"), "told", "INV-1 voided 0, credit 0"],
      ["void it again", (it) => it.void("INV-1"), "known", "INV-1 voided 0, credit 0"],
      ["a cut after its day", (it) => it.head("2024-02-01"), 0, "INV-1 voided 0, credit 0"],
      ["pay it", (it) => it.pay("p1", "2000", ["INV-1"]), "told", "INV-1 voided 0, credit 2000"],
      [
        "credit it",
        (it) => it.note("credit", "n1", "INV-1", null),
        "invoice: INV-1 is voided: nothing is left of it to credit, or to add to.",
        "INV-1 voided 0, credit 2000",
      ],
      [
        "send it",
        (it) => it.send("INV-1"),
        "invoice: INV-1 is voided: there is nothing to send.",
        "INV-1 voided 0, credit 2000",
      ],
    ],
  ],
  [
    "that is paid is not voided but credited, and its credit is refunded",
    [
      ["pay 20.00", (it) => it.pay("p1", "2000"), "told", "INV-1 paid 0, credit 0"],
      [
        "void it",
        (it) => it.void("INV-1"),
        "invoice: INV-1 is paid, or credited: a credit note (POST /v1/invoices/INV-1/credit-notes) gives back what should not have been asked for.",
        "INV-1 paid 0, credit 0",
      ],
      [
        "credit 5.00 of line 2",
        (it) => it.note("credit", "n1", "INV-1", [[2, "500"]]),
        "told",
        "INV-1 paid 0, credit 500",
      ],
      [
        "credit line 2 again",
        (it) => it.note("credit", "n2", "INV-1", [[2, "1"]]),
        "lines: 0 USD (minor units) is left of line 2: credit a part of that, with its sign.",
        "INV-1 paid 0, credit 500",
      ],
      [
        "refund 6.00",
        (it) => it.refund("r1", "600"),
        "amount: acme has a credit of 500 USD (minor units): refund that much at most. A credit note makes credit of what is paid.",
        "INV-1 paid 0, credit 500",
      ],
      ["refund 5.00", (it) => it.refund("r1", "500"), "told", "INV-1 paid 0, credit 0"],
      ["refund it again", (it) => it.refund("r1", "500"), "known", "INV-1 paid 0, credit 0"],
      [
        "credit the rest",
        (it) => it.note("credit", "n2", "INV-1", null),
        "told",
        "INV-1 paid 0, credit 1500",
      ],
      [
        "credit it all again",
        (it) => it.note("credit", "n3", "INV-1", null),
        "lines: They come to 0 USD (minor units): a note is of more than 0.",
        "INV-1 paid 0, credit 1500",
      ],
    ],
  ],
  [
    "that is paid in part says what is in the way of voiding it",
    [
      ["pay 5.00", (it) => it.pay("p1", "500"), "told", "INV-1 partly_paid 1500, credit 0"],
      [
        "void it",
        (it) => it.void("INV-1"),
        "invoice: 1500 of 2000 USD (minor units) of INV-1 is open, so that something was paid: reverse the payment first, or issue a credit note (POST /v1/invoices/INV-1/credit-notes).",
        "INV-1 partly_paid 1500, credit 0",
      ],
      [
        "credit 17.00",
        (it) =>
          it.note("credit", "n1", "INV-1", [
            [1, "1400"],
            [2, "300"],
          ]),
        "told",
        "INV-1 paid 0, credit 200",
      ],
    ],
  ],
  [
    "is voided once its payment has bounced, and not where a note has given something back since",
    [
      ["pay 5.00", (it) => it.pay("p1", "500"), "told", "INV-1 partly_paid 1500, credit 0"],
      ["p1 bounces", (it) => it.reverse("p1"), "told", "INV-1 finalized 2000, credit 0"],
      ["void it", (it) => it.void("INV-1"), "told", "INV-1 voided 0, credit 0"],
      ["p1 bounces again", (it) => it.reverse("p1"), "known", "INV-1 voided 0, credit 0"],
      [
        "another invoice",
        (it) => it.invoice("INV-2", "700"),
        undefined,
        "INV-1 voided 0, INV-2 finalized 700, credit 0",
      ],
      ["pay that", (it) => it.pay("p2", "700"), "told", "INV-1 voided 0, INV-2 paid 0, credit 0"],
      [
        "credit it",
        (it) => it.note("credit", "n1", "INV-2", [[1, "300"]]),
        "told",
        "INV-1 voided 0, INV-2 paid 0, credit 300",
      ],
      [
        "p2 bounces",
        (it) => it.reverse("p2"),
        "told",
        "INV-1 voided 0, INV-2 finalized 700, credit 300",
      ],
      [
        "void that",
        (it) => it.void("INV-2"),
        "invoice: A note refers to INV-2: a credit note (POST /v1/invoices/INV-2/credit-notes) takes off what is left of it.",
        "INV-1 voided 0, INV-2 finalized 700, credit 300",
      ],
    ],
  ],
  [
    "is asked for more by a debit note",
    [
      [
        "debit 3.00",
        (it) => it.note("debit", "n1", "INV-1", [[1, "300"]]),
        "told",
        "INV-1 finalized 2300, credit 0",
      ],
      [
        "the same again",
        (it) => it.note("debit", "n1", "INV-1", [[1, "300"]]),
        "known",
        "INV-1 finalized 2300, credit 0",
      ],
      [
        "less with the same id",
        (it) => it.note("debit", "n1", "INV-1", [[1, "299"]]),
        'note: It stands for another one already, whose lines is ["line 1: 300"], not ["line 1: 299"]: give this one an id of its own.',
        "INV-1 finalized 2300, credit 0",
      ],
      [
        "debit below zero",
        (it) =>
          it.note("debit", "n2", "INV-1", [
            [1, "-1600"],
            [2, "1700"],
          ]),
        "lines: Line 1 asks for -1600, and a debit note for more than 0 on each line: a credit note takes off.",
        "INV-1 finalized 2300, credit 0",
      ],
      [
        "debit all",
        (it) => it.note("debit", "n2", "INV-1", null),
        "lines: Say which lines ask for more, and how much.",
        "INV-1 finalized 2300, credit 0",
      ],
      ["pay 20.00", (it) => it.pay("p1", "2000"), "told", "INV-1 partly_paid 300, credit 0"],
      [
        "credit it",
        (it) => it.note("credit", "n3", "INV-1", null),
        "told",
        "INV-1 paid 0, credit 2000",
      ],
    ],
  ],
  [
    "is paid by credit, and owed again where the payment behind that bounces",
    [
      ["pay 30.00", (it) => it.pay("p1", "3000"), "told", "INV-1 paid 0, credit 1000"],
      [
        "another invoice",
        (it) => it.invoice("INV-2", "700"),
        undefined,
        "INV-1 paid 0, INV-2 finalized 700, credit 1000",
      ],
      [
        "apply 8.00",
        (it) => it.apply("a1", "800"),
        "amount: Only 700 USD (minor units) is open: apply that much at most, or leave the amount out.",
        "INV-1 paid 0, INV-2 finalized 700, credit 1000",
      ],
      [
        "apply what is open",
        (it) => it.apply("a1", null),
        "told",
        "INV-1 paid 0, INV-2 paid 0, credit 300",
      ],
      [
        "the same again",
        (it) => it.apply("a1", null),
        "known",
        "INV-1 paid 0, INV-2 paid 0, credit 300",
      ],
      [
        "refund 1.00",
        (it) => it.refund("r1", "100"),
        "told",
        "INV-1 paid 0, INV-2 paid 0, credit 200",
      ],
      [
        "p1 bounces",
        (it) => it.reverse("p1"),
        "told",
        "INV-1 finalized 2000, INV-2 finalized 700, credit -100",
      ],
      [
        "apply what is not there",
        (it) => it.apply("a2", null),
        "customer: acme has no credit in USD: what is paid beyond what is owed, or credited of what is paid, becomes credit.",
        "INV-1 finalized 2000, INV-2 finalized 700, credit -100",
      ],
    ],
  ],
  [
    "that gives back becomes credit at the next head",
    [
      [
        "an invoice below zero",
        (it) => it.invoice("INV-2", "-700"),
        undefined,
        "INV-1 finalized 2000, INV-2 paid -700, credit 0",
      ],
      [
        "the head",
        (it) => it.head("2024-01-16"),
        1,
        "INV-1 finalized 2000, INV-2 paid 0, credit 700",
      ],
      [
        "the next head",
        (it) => it.head("2024-01-17"),
        0,
        "INV-1 finalized 2000, INV-2 paid 0, credit 700",
      ],
      [
        "void it",
        (it) => it.void("INV-2"),
        "invoice: What INV-2 gives back is the customer's credit, or was noted: a debit note (POST /v1/invoices/INV-2/debit-notes) asks for it again.",
        "INV-1 finalized 2000, INV-2 paid 0, credit 700",
      ],
      [
        "apply it",
        (it) => it.apply("a1", null),
        "told",
        "INV-1 partly_paid 1300, INV-2 paid 0, credit 0",
      ],
    ],
  ],
];

for (const [title, rows] of stories)
  test(`an invoice ${title}`, () => {
    const story = newStory();
    story.invoice("INV-1", "2000", due, ["1500", "500"]);
    expect(story.standing()).toBe("INV-1 finalized 2000, credit 0");
    for (const [what, act, answer, standing] of rows) {
      expect(act(story) ?? undefined, what).toBe(answer);
      expect(story.standing(), what).toBe(standing);
    }
  });

test("notes have numbers of their own, one series for each direction, and say what they take off", () => {
  const story = newStory();
  story.invoice("INV-1", "2000", due, ["2500", "-500"]);
  story.pay("p1", "1200");
  story.note("credit", "n1", "INV-1", [[1, "1000"]]);
  story.note("debit", "n2", "INV-1", [[1, "300"]]);
  story.note("credit", "n3", "INV-1", null);
  expect(
    story.facts.flatMap((fact) =>
      fact.kind === "NoteIssued"
        ? [[fact.note_number, fact.amount, fact.settled, fact.credited, fact.lines.length]]
        : [],
    ),
  ).toEqual([
    ["CN-000001", "1000", "800", "200", 1],
    ["DN-000001", "300", "0", "0", 1],
    ["CN-000002", "1300", "300", "1000", 2],
  ]);
  expect(`\n${story.text()}\n`).toBe(`
2024-01-15  payment default/payments/p1          assets:bank                12 USD
                                                 assets:receivable:acme    -12 USD
2024-01-15  credit_note default/credit-notes/n1  income:adjustments:dev     10 USD
                                                 assets:receivable:acme     -8 USD
                                                 liabilities:credits:acme   -2 USD
2024-01-15  debit_note default/debit-notes/n2    assets:receivable:acme      3 USD
                                                 income:adjustments:dev     -3 USD
2024-01-15  credit_note default/credit-notes/n3  income:adjustments:dev     13 USD
                                                 assets:receivable:acme     -3 USD
                                                 liabilities:credits:acme  -10 USD
`);
});

test("a head that is read again decides nothing by what was written down behind it", () => {
  const story = newStory();
  story.head("2024-03-01");
  story.invoice("INV-1", "2000", due);
  story.invoice("INV-2", "-700", { finalized_at: at("2024-03-01") });
  story.pay("p1", "2000");
  story.note("debit", "n1", "INV-1", [[1, "100"]]);
  expect(story.head("2024-02-01")).toBe(0);
  expect(story.head("2024-03-01")).toBe(2);
  expect(story.head("2024-03-01")).toBe(0);
});
