import {
  about,
  idText,
  type JsonSchema,
  listOf,
  named,
  oneOf,
  orNull,
  output,
  text,
  time,
  whole,
} from "@tallybook/service";
import { cadences } from "../typed/cadence.ts";
import { accountTypes, trialDaysMax } from "../typed/words.ts";

// The bodies of the typed API may have further fields, which are let be: `output` forbids none.

type Fields = Readonly<Record<string, JsonSchema>>;

const longText = orNull({ type: "string", maxLength: 10_000 });
const maybeId = orNull(idText);
const currency = orNull(
  about("ISO 4217; USD unless given.", { type: "string", pattern: "^[A-Za-z]{3}$" }),
);
/** A number, or its digits in quotes. */
const digits = (maximum: number): JsonSchema => ({
  anyOf: [whole(0, maximum), { type: "string", pattern: "^\\d{1,4}$" }],
});
const trialDays = orNull(digits(trialDaysMax));
const nanos = named("Nanos", {
  description: "Units of 1e-12 of the currency: `2000000` is 0.000002.",
  anyOf: [
    { type: "string", pattern: "^\\d{1,30}$" },
    { type: "integer", minimum: 0, maximum: 1e17 },
  ],
});
const units: JsonSchema = {
  anyOf: [
    { type: "string", pattern: "^\\d{1,18}(\\.\\d{1,12})?$" },
    { type: "integer", minimum: 0, maximum: 1e15 },
  ],
};

/** What all objects of the typed API say of themselves. */
const standing = { status: text, created_at: time, updated_at: time };

export const typedProductInput = named(
  "TypedProductInput",
  output({ name: idText }, { description: longText, tags: orNull(listOf(idText)) }),
);
export const typedProduct = named(
  "TypedProduct",
  output({ id: text, name: text, description: text, tags: listOf(text), ...standing }),
);

export const typedPlanInput = named(
  "TypedPlanInput",
  output(
    { name: idText },
    {
      description: longText,
      billing_cadence: orNull(about("Monthly unless given.", oneOf(...cadences))),
      trial_days: about("A trial covers fixed fees; usage is billed.", trialDays),
      product_id: maybeId,
    },
  ),
);
export const typedPlan = named(
  "TypedPlan",
  output({
    id: text,
    name: text,
    description: text,
    billing_cadence: oneOf(...cadences),
    trial_days: whole(0, trialDaysMax),
    product_id: orNull(text),
    currency: about("Of its SKUs; null while it has none.", orNull(text)),
    sku_ids: listOf(text),
    ...standing,
  }),
);

const tier = output(
  {},
  { up_to: orNull(units), unit_amount_nanos: orNull(nanos), flat_amount_nanos: orNull(nanos) },
);
const tiers = { tiers: listOf(tier, { minItems: 1 }) };
const metered = { meter_event_type: idText };

function skuOf(models: readonly string[], needs: Fields, may: Fields = {}): JsonSchema {
  const model = { pricing_model: oneOf(...models) };
  const common = { plan_id: idText, name: idText };
  return output({ ...common, ...model, ...needs }, { currency, ...may });
}

const measures = {
  meter_property: about("Whose numbers are added up; without it events are counted.", maybeId),
};

export const typedSkuInput = named("TypedSkuInput", {
  description: "What a plan asks for one thing, by the fields of its pricing model.",
  anyOf: [
    skuOf(["PerUnit"], { ...metered, unit_amount_nanos: nanos }, measures),
    skuOf(["Flat"], { amount_nanos: nanos }),
    skuOf(["Flat"], { flat_amount_nanos: nanos }),
    skuOf(["Flat"], { unit_amount_nanos: nanos }),
    skuOf(["Graduated", "Tiered", "Volume"], { ...metered, ...tiers }, measures),
    skuOf(["Package"], { ...metered, package_size: units, package_amount_nanos: nanos }, measures),
    skuOf(["Package"], { ...metered, package_size: units, unit_amount_nanos: nanos }, measures),
  ],
});
export const typedSku = named(
  "TypedSku",
  output(
    {
      id: text,
      plan_id: text,
      name: text,
      pricing_model: text,
      currency: text,
      meter_event_type: orNull(text),
      meter_property: orNull(text),
      meter_id: about("The property's name is part of it.", orNull(text)),
      ...standing,
    },
    { unit_amount_nanos: text },
  ),
);

export const typedCustomerInput = named(
  "TypedCustomerInput",
  output(
    { display_name: idText },
    {
      email: orNull({ type: "string", format: "email", maxLength: 255 }),
      currency,
      account_type: orNull(about("Organization unless given.", oneOf(...accountTypes))),
    },
  ),
);
export const typedCustomer = named(
  "TypedCustomer",
  output({
    id: text,
    display_name: text,
    email: orNull(text),
    currency: text,
    account_type: oneOf(...accountTypes),
    status: text,
    created_at: time,
  }),
);

export const typedSubscriptionInput = named("TypedSubscriptionInput", {
  ...output(
    { customer_id: idText, plan_id: idText },
    { currency, trial_days: about("The plan's unless given.", trialDays) },
  ),
  description: "The typed form, which is told from the other one by these names.",
});
export const typedSubscription = named(
  "TypedSubscription",
  output({
    id: text,
    customer_id: text,
    plan_id: text,
    status: oneOf("Pending", "Scheduled", "Trialing", "Active", "Paused", "Ended"),
    currency: orNull(text),
    start_date: time,
    end_date: orNull(time),
    trial_end: orNull(time),
    trial_days: whole(0, trialDaysMax),
  }),
);
