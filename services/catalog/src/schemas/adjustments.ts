import {
  about,
  decimal,
  decimalText,
  idText,
  input,
  named,
  nameText,
  orNull,
  output,
  text,
  time,
} from "@tallybook/service";
import { maybeTime } from "./common.ts";

export const adjustmentInput = named(
  "AdjustmentInput",
  input(
    {
      subscription: idText,
      amount: about(
        "Major units of the plan's currency: what the next invoice asks for besides, below zero what it gives back. Not 0.",
        decimal,
      ),
      reason: about("It stands on the invoice.", idText),
    },
    {
      at: about(
        "A time in the billing period that it is about: now, or the last of a subscription that is over, unless given.",
        maybeTime,
      ),
      adjustment: about("Its id; it gets one unless given.", orNull(nameText)),
    },
  ),
);

export const adjustment = named(
  "Adjustment",
  output({
    adjustment: text,
    subscription: text,
    customer: text,
    amount: decimalText,
    currency: orNull(text),
    reason: text,
    period: output({ from: time, to: time }),
    ordered_at: time,
    ordered_by: about("Id of the API key that asked.", text),
    catalog_offset: about(
      "The first cut with a higher catalog_offset posts it; its subscription's next invoice has it.",
      { type: "integer", minimum: 0 },
    ),
  }),
);
