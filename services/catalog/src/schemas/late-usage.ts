import {
  about,
  decimal,
  decimalText,
  idText,
  input,
  listOf,
  named,
  oneOf,
  orNull,
  output,
  text,
  time,
  whole,
} from "@tallybook/service";
import { maybeTime } from "./common.ts";

const treatment = about(
  "Whether adjustments wait for the next invoice of their subscription, or have one of their own at once, where they ask for money.",
  oneOf("next_invoice", "bill_now"),
);
const below =
  "By currency: what late usage makes a charge of a period dearer by, all in all, is written off below this; major units, above 0. Of other currencies nothing is.";
const belows = about(below, listOf(output({ currency: text, amount: decimalText })));

export const lateUsageInput = named(
  "LateUsageInput",
  input(
    { treatment, reason: about("It stands on invoices beside what is written off.", idText) },
    {
      write_off_below: about(
        below,
        orNull(listOf(input({ currency: idText, amount: decimal }), { maxItems: 200 })),
      ),
      effective_at: about("Cuts of this time and later go by it; now, unless given.", maybeTime),
    },
  ),
);

const said = { treatment, write_off_below: belows, reason: text };

export const lateUsage = named(
  "LateUsage",
  output({
    ...said,
    version: about("0: nobody has said anything.", whole(0, 1_000_000)),
    versions: listOf(
      output({
        version: whole(1, 1_000_000),
        ...said,
        effective_at: time,
        said_at: time,
        said_by: about("Id of the API key that asked.", text),
      }),
    ),
  }),
);
