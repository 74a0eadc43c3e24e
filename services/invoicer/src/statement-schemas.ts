import {
  about,
  Contents,
  decimalText,
  type Description,
  listOf,
  named,
  output,
  text,
  time,
  yesOrNo,
} from "@tallybook/service";

const complete = about(
  "False: the journal does not have all payments and notes yet that are recorded: ask again.",
  yesOrNo,
);
const amounts = {
  current: about("Open, and not behind its date.", decimalText),
  days_1_30: about("Behind its date for as many days, and so on.", decimalText),
  days_31_60: decimalText,
  days_61_90: decimalText,
  days_over_90: decimalText,
  invoiced: about("Open of invoices: all of these.", decimalText),
  disputed: about("Of that, what is under dispute: reminders leave it out.", decimalText),
  not_invoiced: about("Posted, and on no invoice yet.", decimalText),
  receivable: about("Both, as the trial balance has it.", decimalText),
  credit: about("The customer's own.", decimalText),
};
const tag = "Statements";
const asOf = {
  as_of: about("By the journal's dates; now unless given.", time),
  customer: about("Only this one.", text),
};

/** What the document says of each route. */
export const statementRoutes = {
  receivables: {
    summary: "Says what each customer owes, by how long it should have been paid",
    about:
      "Major units. An invoice without a date is as old as itself. The sums are those of the trial balance.",
    tag,
    query: asOf,
    answers: {
      200: named(
        "AgedReceivables",
        output({
          as_of: time,
          complete,
          receivables: listOf(output({ customer: text, currency: text, ...amounts })),
          totals: listOf(output({ currency: text, ...amounts })),
        }),
      ),
    },
  },
  receivablesCsv: {
    summary: "The same as a table",
    tag,
    query: asOf,
    answers: { 200: new Contents({ "text/csv": text }) },
  },
  statement: {
    summary: "Says what a customer was asked for and paid in a stretch of time",
    about: "Major units. With the suffix .csv as a table.",
    tag,
    query: {
      from: about("From the beginning unless given.", time),
      to: about("Exclusive; now unless given.", time),
    },
    answers: {
      200: named(
        "Statement",
        output({
          customer: text,
          currency: text,
          from: time,
          to: time,
          complete,
          opening: about("Owed by invoices before it.", decimalText),
          lines: listOf(
            output({
              at: time,
              what: text,
              reference: about("The invoice's number, the payment's or note's id.", text),
              amount: about("What it adds to what is owed.", decimalText),
              balance: decimalText,
            }),
          ),
          closing: decimalText,
          not_invoiced: about("Posted by its end, and on no invoice then.", decimalText),
          receivable: about("Both, as the trial balance has it.", decimalText),
          credit: about("The customer's own.", decimalText),
        }),
      ),
    },
  },
} as const satisfies Readonly<Record<string, Description>>;
