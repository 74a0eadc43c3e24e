import {
  documentDetails,
  documentLanguages,
  invoiceGroupings,
  stripeCollections,
  stripeHandOffs,
  webhookTypes,
} from "@tallybook/catalog";
import { mappedDoors } from "@tallybook/usage";
import {
  about,
  decimal,
  decimalText,
  idText,
  input,
  type JsonSchema,
  listOf,
  named,
  nameText,
  oneOf,
  orNull,
  output,
  text,
  time,
  whole,
  wholeInput,
  yesOrNo,
} from "@tallybook/service";
import { currencyCode, versions } from "./common.ts";

type Fields = Readonly<Record<string, JsonSchema>>;

/** What a document of the API says of a collection's objects. */
export interface ObjectSchemas {
  /** Of POST. */
  readonly input: JsonSchema;
  /** Of PUT, whose address has the id. */
  readonly revision: JsonSchema;
  readonly object: JsonSchema;
  readonly versions: JsonSchema;
}

/** The same ones for the same collection. */
export function objectSchemas(collection: string, idField: string): ObjectSchemas {
  let schemas = made.get(collection);
  if (schemas === undefined) made.set(collection, (schemas = schemasOf(collection, idField)));
  return schemas;
}

const made = new Map<string, ObjectSchemas>();

/** One whose fields nobody has written down here has any. */
function schemasOf(collection: string, idField: string): ObjectSchemas {
  const {
    name,
    id: idSchema = nameText,
    needed,
    others,
  } = fieldsBy[collection] ?? anyFields(idField);
  const said = { ...nullable(others), effective_at: orNull(time), archived: orNull(yesOrNo) };
  const id = { [idField]: idSchema };
  const fields = { ...told(needed), ...nullable(told(others)) };
  const kept = { version: versionNumber, effective_at: time, archived: yesOrNo };
  const object = named(name, output({ [idField]: text, ...kept }, fields));
  return {
    input: named(`${name}Input`, input({ ...id, ...needed }, said)),
    revision: named(`${name}Revision`, input(needed, { ...id, ...said })),
    object,
    versions: versions(name, object),
  };
}

/** A text of a request: a number is taken by its digits, as YAML has it. */
export const anyText: JsonSchema = { type: ["string", "number"] };
const anyTexts = listOf(anyText);
const featureValues = about("Of a custom feature: what it can be.", anyTexts);
export const metadata: JsonSchema = {
  type: "object",
  additionalProperties: anyText,
  description: "Texts by name.",
};
export const metadataTold: JsonSchema = { ...metadata, additionalProperties: text };
export const country: JsonSchema = {
  type: "string",
  pattern: "^[A-Z]{2}$",
  description: "ISO 3166-1.",
};

export const featureType = oneOf("boolean", "quantity", "custom", "metered");

const itemPath: JsonSchema = {
  type: "string",
  minLength: 1,
  pattern: "^[^.]+(\\.[^.]+)*$",
  description: "Names from the item's root, joined by points: `data.user.id`.",
};

const versionNumber = whole(1, 1_000_000);

const override: JsonSchema = {
  type: "object",
  required: ["plan", "price", "model"],
  properties: { plan: nameText, price: nameText, model: text, description: orNull(idText) },
  description:
    "Beside these the fields of the charge, and what stands around it, as a price of a plan has them.",
};

/** What ISO 3166-2 writes behind the country. */
export const region: JsonSchema = { type: "string", pattern: "^[A-Z0-9]{1,3}$" };

export const taxEvidence: JsonSchema = {
  ...input({ reference: idText, reviewed_on: text, reviewer: idText }, {}),
  description:
    "Where the form lies, and who has looked at it on which day; never what stands in it.",
};

const registration: JsonSchema = input(
  { country, tax_id: idText },
  { since: orNull(about("A day, such as 2023-11-01.", text)), evidence: orNull(taxEvidence) },
);

const prefix = about("Does not end in a digit.", nameText);
const numbering: JsonSchema = {
  ...input(
    { invoices: prefix },
    { credit_notes: orNull(prefix), debit_notes: orNull(prefix), digits: orNull(decimal) },
  ),
  description: "Series of numbers of its own; null: its invoices are numbered in the tenant's.",
};

const expectedLine: JsonSchema = input(
  { amount: decimal },
  {
    product: orNull(about("Id of a plan or a product.", idText)),
    meter: orNull(idText),
    line: orNull(about("Name of a price, or the words of a line.", idText)),
    quantity: orNull(decimal),
  },
);

interface CollectionFields {
  readonly name: string;
  /** A name unless said. */
  readonly id?: JsonSchema;
  readonly needed: Fields;
  readonly others: Fields;
}

const fieldsBy: Readonly<Record<string, CollectionFields>> = {
  products: {
    name: "Product",
    needed: {},
    others: {
      name: idText,
      description: anyText,
      tags: anyTexts,
      tax_category: idText,
      metadata,
    },
  },
  features: {
    name: "Feature",
    needed: { type: featureType },
    others: {
      name: idText,
      description: anyText,
      meter: about("Of a metered feature: what is counted.", nameText),
      values: featureValues,
      metadata,
    },
  },
  models: {
    name: "Model",
    id: about("As events name it by the property of the dimension `model`.", idText),
    needed: {},
    others: { name: idText, provider: about("Who runs it.", idText), metadata },
  },
  coupons: {
    name: "Coupon",
    needed: {},
    others: {
      name: idText,
      percent_off: decimal,
      amount_off: decimal,
      currency: currencyCode,
      duration: oneOf("once", "repeating", "forever"),
      periods: decimal,
      plans: listOf(nameText),
      products: listOf(nameText),
      redeem_by: time,
      redemptions_max: decimal,
      metadata,
    },
  },
  tax_rates: {
    name: "TaxRate",
    needed: { jurisdiction: nameText, percent: decimal },
    others: { name: idText, country, region, inclusive: yesOrNo, tax_category: idText, metadata },
  },
  tax_calculators: {
    name: "TaxCalculator",
    needed: {
      url: idText,
      secret: about("The name that the deployment keeps it under; never the secret.", nameText),
    },
    others: { name: idText, wait_ms: about("From 100 to 10000.", decimal), metadata },
  },
  markets: {
    name: "Market",
    needed: { entity: nameText },
    others: {
      tax: oneOf("rates", "calculator", "none"),
      reason: about("Where tax is none: why. It stands on invoices.", idText),
      calculator: about("Where tax is calculator: which.", nameText),
      activated_at: about("Null: nothing is sold there yet.", time),
      evidence: taxEvidence,
      metadata,
    },
  },
  entities: {
    name: "Entity",
    needed: {},
    others: {
      name: idText,
      country,
      tax_id: idText,
      email: idText,
      payment_days: about(
        "How many days after an invoice is made it is to be paid, unless its customer says.",
        wholeInput(0, 3_653),
      ),
      address: anyTexts,
      numbering,
      registrations: listOf(registration),
      metadata,
    },
  },
  stripe_accounts: {
    name: "StripeAccount",
    needed: {
      api_key: about("The name that the deployment keeps it under; never the key.", nameText),
      webhook_secret: about("The name that the deployment keeps it under.", nameText),
    },
    others: {
      name: idText,
      collection: oneOf(...stripeCollections),
      hand_off: about("When invoices go to Stripe.", oneOf(...stripeHandOffs)),
      metadata,
    },
  },
  stripe_customers: {
    name: "StripeCustomer",
    id: about("The customer.", idText),
    needed: {
      stripe_account: nameText,
      stripe_customer: about("Stripe's id, such as cus_NffrFeUfNV2Hib.", idText),
    },
    others: { metadata },
  },
  contracts: {
    name: "Contract",
    needed: { customer: idText, signed_on: about("A day, such as 2023-11-14.", text) },
    others: {
      name: idText,
      ends_at: time,
      overrides: listOf(override),
      stance: oneOf("pass_through", "bundled"),
      token_basis: oneOf("provider_count", "own_count"),
      price_changes: oneOf("follow", "frozen"),
      corrections: oneOf("next_invoice", "credit_note"),
      metadata,
    },
  },
  shadows: {
    name: "Shadow",
    needed: {},
    others: {
      name: idText,
      from: about("Billing periods that begin from then on; null: all.", orNull(time)),
      until: about("And before then; null: all that are to come.", orNull(time)),
      subscriptions: about("Of these; of all where it is empty.", listOf(text)),
      metadata,
    },
  },
  expected_bills: {
    name: "ExpectedBill",
    needed: {
      customer: idText,
      from: time,
      until: time,
      currency: currencyCode,
      lines: listOf(expectedLine),
    },
    others: { metadata },
  },
  document_settings: {
    name: "DocumentSettings",
    needed: {},
    others: {
      detail: about(
        "What customers see: each charge, its lines too, or also how amounts come about (tiers), which it is unless given.",
        oneOf(...documentDetails),
      ),
      language: about("Of customers who have none; en unless given.", oneOf(...documentLanguages)),
      invoice_grouping: about(
        "Of customers who have none: an invoice for each subscription, which it is unless given, or one for all of a customer's that end on a day.",
        oneOf(...invoiceGroupings),
      ),
    },
  },
  reminder_schedules: {
    name: "ReminderSchedule",
    needed: {},
    others: {
      days: about(
        "How many days after an invoice should have been paid its customer is reminded, each more than the one before; nobody is where it is empty.",
        listOf(wholeInput(0, 3_653)),
      ),
    },
  },
  doors: {
    name: "DoorMapping",
    id: oneOf(...mappedDoors.keys()),
    needed: {},
    others: {
      customer: about(
        "Where the customer is named; as the door's form has it unless given.",
        itemPath,
      ),
      subscription: about("Where the subscription is named; likewise.", itemPath),
      tokens: about(
        "Counts that become properties which no token is in twice: input_uncached, input_cache_read, input_cache_write, output_text and output_reasoning.",
        input(
          { input: itemPath, output: itemPath },
          {
            cache_read: orNull(itemPath),
            cache_write: orNull(itemPath),
            reasoning: orNull(itemPath),
            totals: about(
              "Whether input holds the tokens of the cache, and output those of reasoning; so it is unless given.",
              orNull(yesOrNo),
            ),
          },
        ),
      ),
    },
  },
  webhook_endpoints: {
    name: "WebhookEndpoint",
    needed: {
      url: about("https; without user, password and #.", { type: "string", minLength: 1 }),
    },
    others: {
      events: about("What it is told of; everything unless given.", listOf(oneOf(...webhookTypes))),
      description: anyText,
      metadata,
    },
  },
};

function anyFields(idField: string): CollectionFields {
  const words = idField.split("_").map((word) => word.slice(0, 1).toUpperCase() + word.slice(1));
  return { name: words.join(""), needed: {}, others: {} };
}

/** As an answer has them: texts, whatever a request may write instead. */
function told(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([field, schema]) => [field, toldBy.get(schema) ?? schema]),
  );
}

const toldBy: ReadonlyMap<JsonSchema, JsonSchema> = new Map([
  [decimal, decimalText],
  [idText, text],
  [nameText, text],
  [anyText, text],
  [anyTexts, listOf(text)],
  [featureValues, listOf(text)],
  [metadata, metadataTold],
]);

function nullable(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([field, schema]) => [field, orNull(schema)]),
  );
}
