import {
  about,
  decimalText,
  type Description,
  idText,
  input,
  listOf,
  named,
  output,
  text,
  time,
} from "@tallybook/service";

import { minor, settledList } from "./payment-schemas.ts";

const amount = about("Minor units.", decimalText);
const whose = { customer: text, currency: text };
const customer = { customer: idText, currency: about("The customer's.", idText) };
const tag = "Credits";

/** What the document says of each route. */
export const creditRoutes = {
  list: {
    summary: "Lists the credit that customers have",
    about:
      "What was paid beyond what was owed, credited of what was paid, or given back by an invoice that asks for less than nothing. Below zero where a payment bounced whose credit was paid out.",
    tag,
    answers: {
      200: named(
        "CreditList",
        output({ credits: listOf(named("Credit", output({ ...whose, amount }))) }),
      ),
    },
  },
  apply: {
    summary: "Takes a customer's credit off invoices",
    tag,
    body: named(
      "CreditApplicationOrder",
      input(
        {
          application: about("An id of your own: the same application counts once.", idText),
          ...customer,
        },
        {
          amount: about("Minor units; as much as there is and is open, unless given.", minor),
          invoices: about(
            "Ids or numbers; those that are open unless given, the oldest first.",
            listOf(text, { maxItems: 1_000 }),
          ),
        },
      ),
    ),
    answers: {
      201: named(
        "CreditApplication",
        output({ application: text, ...whose, amount, settles: settledList, applied_at: time }),
      ),
    },
    problems: [409, 422],
  },
  refund: {
    summary: "Writes down that a customer's credit was paid out",
    tag,
    body: named(
      "RefundOrder",
      input(
        {
          refund: about("An id of your own: the same refund counts once.", idText),
          ...customer,
          amount: about("Minor units, no more than the credit.", minor),
        },
        {
          method: about("How it was paid; bank_transfer unless given.", idText),
          reference: about("Where it is found again.", idText),
        },
      ),
    ),
    answers: {
      201: named(
        "Refund",
        output({
          refund: text,
          ...whose,
          amount,
          method: text,
          reference: text,
          refunded_at: time,
        }),
      ),
    },
    problems: [409, 422],
  },
} as const satisfies Readonly<Record<string, Description>>;
