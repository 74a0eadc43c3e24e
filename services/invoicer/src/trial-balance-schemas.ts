import {
  about,
  Contents,
  decimalText,
  type Description,
  listOf,
  named,
  orNull,
  output,
  text,
  time,
  whole,
} from "@tallybook/service";

const tag = "Statements";
const entity = about("In whose books; null: in the tenant's own.", orNull(text));
const amounts = {
  opening: about("Before from, debit positive.", decimalText),
  debits: decimalText,
  credits: about("As a positive number.", decimalText),
  closing: about("opening + debits - credits.", decimalText),
};
const query = {
  from: about("By the journal's dates; from the beginning unless given.", time),
  to: about("Exclusive; the journal has to be past it. All that is there unless given.", time),
  entity: about("The books of that invoicing entity alone; all unless given.", text),
};

/** What the document says of each route. */
export const trialBalanceRoutes = {
  balance: {
    summary: "Says what every account came to, by invoicing entity",
    about:
      "Exact, in major units. The journal is read and proven for each answer, two at a time. All accounts of a book and a currency close at 0 together.",
    tag,
    query,
    answers: {
      200: named(
        "TrialBalance",
        output({
          cut: about("The last one that is in it.", whole(0, Number.MAX_SAFE_INTEGER)),
          step: about("Of the journal, likewise.", whole(0, Number.MAX_SAFE_INTEGER)),
          accounts: listOf(output({ account: text, entity, currency: text, ...amounts })),
          totals: listOf(output({ entity, currency: text, ...amounts })),
        }),
      ),
    },
    problems: [404],
  },
  balanceCsv: {
    summary: "The same accounts as a table",
    tag,
    query,
    answers: { 200: new Contents({ "text/csv": text }) },
    problems: [404],
  },
} as const satisfies Readonly<Record<string, Description>>;
