import {
  about,
  decimal,
  idText,
  input,
  type JsonSchema,
  listOf,
  named,
  nameText,
  oneOf,
  orNull,
  time,
  wholeInput,
  yesOrNo,
} from "@tallybook/service";

type Fields = Readonly<Record<string, JsonSchema>>;

/** The fields of one model beside `model` itself. */
interface Model {
  readonly model: string;
  readonly needs: Fields;
  readonly may?: Fields;
}

const maybeDecimal = orNull(decimal);
const beyond = orNull(oneOf("last_tier"));
const zeroUsage = orNull(oneOf("nothing", "first_flat"));
const boundary = orNull(oneOf("lower_tier", "upper_tier"));
const bounds = { from: maybeDecimal, up_to: maybeDecimal };

const tier = named(
  "Tier",
  input(
    {},
    { ...bounds, unit_amount: maybeDecimal, flat_amount: maybeDecimal, cap_amount: maybeDecimal },
  ),
);
const percentageTier = input({ rate_percent: decimal }, { ...bounds, flat_amount: maybeDecimal });
const blockTier = input(
  { block_size: decimal, block_amount: decimal },
  { max_blocks: maybeDecimal },
);
const tiers = { tiers: listOf(tier, { minItems: 1 }) };

const quantityModels: readonly Model[] = [
  { model: "per_unit", needs: { unit_amount: decimal }, may: { per: maybeDecimal } },
  {
    model: "flat",
    needs: { amount: decimal },
    may: { payment_term: orNull(oneOf("in_arrears", "in_advance")) },
  },
  {
    model: "graduated",
    needs: tiers,
    may: { per: maybeDecimal, beyond, zero_usage: zeroUsage },
  },
  {
    model: "volume",
    needs: tiers,
    may: { per: maybeDecimal, beyond, zero_usage: zeroUsage, boundary },
  },
  {
    model: "package",
    needs: { package_size: decimal, package_amount: decimal },
    may: { free_units: maybeDecimal, round: orNull(oneOf("up", "down")) },
  },
  {
    model: "graduated_percentage",
    needs: { tiers: listOf(percentageTier, { minItems: 1 }) },
    may: { beyond, zero_usage: zeroUsage },
  },
  {
    model: "stairstep",
    needs: { steps: listOf(input({ amount: decimal }, bounds), { minItems: 1 }) },
    may: { beyond, zero_usage: zeroUsage, boundary },
  },
  {
    model: "block_tiers",
    needs: { tiers: listOf(blockTier, { minItems: 1 }) },
    may: {
      policy: orNull(oneOf("all_tiers", "top_tier")),
      beyond: orNull(oneOf("refused", "last_tier")),
    },
  },
  { model: "dynamic", needs: {}, may: { multiplier: maybeDecimal } },
];

/** A charge that stands by itself: per unit where it does not say. */
const innerQuantity = named("QuantityCharge", { anyOf: quantityModels.flatMap(innerOf) });

const conversion = input(
  {
    operation: oneOf("divide", "multiply"),
    factor: decimal,
    rounding: oneOf("ceiling", "floor", "half_up", "none"),
  },
  { decimals: orNull(wholeInput(-12, 12)) },
);

const window: Fields = {
  name: idText,
};
const windowMay: Fields = {
  days: listOf(wholeInput(1, 7)),
  from_minute: orNull(wholeInput(0, 1_440)),
  to_minute: orNull(wholeInput(0, 1_440)),
};

const otherModels: readonly Model[] = [
  {
    model: "percentage",
    needs: { rate_percent: decimal },
    may: {
      fixed_amount_per_event: maybeDecimal,
      free_events: orNull(wholeInput(0, 999_999)),
      free_amount: maybeDecimal,
      minimum_per_event: maybeDecimal,
      maximum_per_event: maybeDecimal,
    },
  },
  {
    model: "cost_plus",
    needs: {},
    may: {
      markup_percent: maybeDecimal,
      fixed_amount_per_event: maybeDecimal,
      unit_cost_property: orNull(idText),
      provider_prices: listOf(input({ effective_at: time, unit_cost: decimal })),
    },
  },
  {
    model: "bulk",
    needs: { conversion, round_per: oneOf("event", "job", "period"), charge: innerQuantity },
    may: { job_property: orNull(idText) },
  },
  {
    model: "capacity",
    needs: {
      unit_dimension: nameText,
      tiers: listOf(
        input({ amount: decimal }, { max: { type: "object", additionalProperties: decimal } }),
        { minItems: 1 },
      ),
    },
  },
  {
    model: "time_windows",
    needs: {
      windows: listOf(
        {
          anyOf: quantityModels.flatMap((each) =>
            innerOf({
              ...each,
              needs: { ...each.needs, ...window },
              may: { ...each.may, ...windowMay },
            }),
          ),
        },
        { minItems: 1 },
      ),
    },
    may: { time_zone: orNull(idText), otherwise: orNull(innerQuantity) },
  },
];

const rowModels = [...quantityModels, ...otherModels];
const rowValues = {
  dimensions: { type: "object", additionalProperties: { type: "string", maxLength: 255 } },
};

const matrix: Model = {
  model: "matrix",
  needs: {
    dimensions: listOf(nameText, { minItems: 1, uniqueItems: true }),
    rows: listOf({
      anyOf: rowModels.flatMap((each) =>
        innerOf({ ...each, needs: { ...each.needs, ...rowValues } }),
      ),
    }),
  },
  may: {
    default_row: orNull({ anyOf: rowModels.flatMap(innerOf) }),
  },
};

const commitment = named(
  "Commitment",
  input(
    {},
    {
      amount: maybeDecimal,
      quantity: about("Or an amount; the price turns it into one.", maybeDecimal),
      overage_factor: about("What lies above it costs so many times as much; 1.", maybeDecimal),
      true_up: about("What is missing is owed; true unless given.", orNull(yesOrNo)),
    },
  ),
);

/** What stands around a charge: each is of a whole period. */
const around: Fields = {
  included_units: about("The first units of a period cost nothing.", maybeDecimal),
  discount_percent: about("Off what the units cost.", maybeDecimal),
  commitment: orNull(commitment),
  minimum_amount: maybeDecimal,
  maximum_amount: maybeDecimal,
};

/** What a price charges, as docs/pricing.md has it: the fields of its model, and of what stands around it, stand beside the price's own. */
export const priceInput = named("PriceInput", {
  anyOf: [...rowModels, matrix].map((each) =>
    modelOf({
      ...each,
      needs: { price: nameText, ...each.needs },
      may: {
        meter: orNull(nameText),
        description: orNull(idText),
        ...each.may,
        ...(each.model === "flat" ? undefined : around),
      },
    }),
  ),
});

/** As it was written, with what was left out. */
export const price = named("Price", {
  type: "object",
  properties: {
    price: { type: "string" },
    meter: { type: ["string", "null"] },
    description: { type: "string" },
    model: oneOf(...[...rowModels, matrix].map(({ model }) => model)),
  },
  required: ["price", "meter", "description", "model"],
});

function modelOf({ model, needs, may }: Model): JsonSchema {
  return input({ model: { const: model }, ...needs }, may);
}

/** Beside itself, per unit is also what a charge is that does not say. */
function innerOf(of: Model): JsonSchema[] {
  return of.model === "per_unit" ? [modelOf(of), input(of.needs, of.may)] : [modelOf(of)];
}
