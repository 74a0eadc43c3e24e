import { input, listOf, named, nameText, output, text, time, whole } from "@tallybook/service";
import { price, priceInput } from "./charges.ts";
import { currencyCode, maybeId, maybeTime } from "./common.ts";

export const planInput = named(
  "PlanInput",
  input(
    {
      plan: nameText,
      currency: currencyCode,
      prices: listOf(priceInput, { minItems: 1 }),
    },
    { name: maybeId, effective_at: maybeTime },
  ),
);

export const plan = named(
  "Plan",
  output({
    plan: text,
    version: whole(1, 1_000_000),
    name: text,
    currency: text,
    prices: listOf(price),
    effective_at: time,
  }),
);
