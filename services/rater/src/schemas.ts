import {
  about,
  decimalText,
  type Description,
  type JsonSchema,
  listOf,
  named,
  orNull,
  output,
  text,
  time,
  whole,
} from "@tallybook/service";

const sequence = whole(-1, Number.MAX_SAFE_INTEGER);
/** What proves a transaction: docs/pricing.md and the journal's schema say what its fields mean. */
const evidence: JsonSchema = output({
  period_from: time,
  period_to: time,
  backfills: about(
    "Of an adjustment: the backfills by which usage of it became known at the cut.",
    listOf(text),
  ),
});

const transaction = named(
  "Transaction",
  output({
    id: text,
    seq: sequence,
    step: sequence,
    tenant: text,
    transaction_kind: text,
    cause: text,
    revision: sequence,
    date: time,
    currency: text,
    postings: listOf(output({ account: text, amount: decimalText })),
    adjusts: { type: ["string", "null"] },
    previous: text,
    hash: text,
    evidence,
  }),
);

export const journalRoute: Description = {
  summary: "Lists the transactions of the journal, in the order in which they are chained",
  tag: "Journal",
  query: {
    after: about("`next` of the page before.", sequence),
    limit: about("Of one page; 100 unless given.", whole(1, 1_000)),
  },
  answers: {
    200: named(
      "JournalPage",
      output({
        transactions: listOf(transaction),
        next: about("For the next page; null at the end.", orNull(sequence)),
      }),
    ),
  },
};
