import {
  about,
  input,
  listOf,
  named,
  nameText,
  orNull,
  output,
  text,
  time,
  whole,
  yesOrNo,
} from "@tallybook/service";
import { price, priceInput } from "./charges.ts";
import { currencyCode, maybeId, maybeName, maybeTime } from "./common.ts";
import { anyText, metadata, metadataTold } from "./objects.ts";

const details = {
  description: orNull(anyText),
  product: maybeName,
  add_on: about("Sold beside another plan, never by itself.", orNull(yesOrNo)),
  entitlements: orNull(
    listOf({
      ...output(
        { feature: nameText, value: { anyOf: [text, yesOrNo, { type: "number" }] } },
        { hard: orNull(yesOrNo) },
      ),
      additionalProperties: false,
    }),
  ),
  metadata: orNull(metadata),
};

/** As an answer has them. */
const toldDetails = { description: orNull(text), metadata: orNull(metadataTold) };

const priced = { currency: currencyCode, prices: listOf(priceInput, { minItems: 1 }) };
const besides = {
  name: maybeId,
  effective_at: maybeTime,
  ...details,
  archived: orNull(yesOrNo),
};

export const planInput = named("PlanInput", input({ plan: nameText, ...priced }, besides));

/** Of the plan that the path names. */
export const planRevision = named("PlanRevision", input(priced, { ...besides, plan: nameText }));

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

/** With what the plan is besides its prices. */
export const wholePlan = named("WholePlan", {
  allOf: [plan, output({ ...details, ...toldDetails, archived: yesOrNo })],
});

export const planVersions = named("PlanVersions", {
  allOf: [wholePlan, output({ versions: listOf(plan) })],
});
