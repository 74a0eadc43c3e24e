import type { Terms } from "./bookkeeper.ts";

const perUnit = { model: "per_unit", unit_amount: "0.07", per: "3" } as const;
const plain = { charge: perUnit };
const byModel = {
  charge: {
    model: "matrix",
    dimensions: ["model"],
    rows: [{ dimensions: { model: "conv" }, charge: perUnit }],
    default_row: null,
  },
} as const;

/** The quantity is the sum of what is on the lines, in the columns, and listed: acme's by model, and December's, and nobody's. */
export const otherTerms: readonly (Terms & { readonly name: string; readonly quantity: string })[] =
  [
    {
      name: "a maximum",
      quantity: "1377791",
      meter: { aggregation: "max", value_property: "n" },
      price: plain,
    },
    {
      name: "a minimum",
      quantity: "933347",
      meter: { aggregation: "min", value_property: "n" },
      price: plain,
    },
    {
      name: "the latest",
      quantity: "1377791",
      meter: { aggregation: "latest", value_property: "n" },
      price: plain,
    },
    {
      name: "an average",
      quantity: "1155569",
      meter: { aggregation: "average", value_property: "n" },
      price: plain,
    },
    {
      name: "distinct values",
      quantity: "4",
      meter: { aggregation: "unique", value_property: "model" },
      price: plain,
    },
    {
      name: "what is held, by its changes, in seconds",
      quantity: "1859104491038",
      meter: { aggregation: "weighted_sum", held: "changes", value_property: "n" },
      price: plain,
    },
    {
      name: "what is held, by its levels, in seconds",
      quantity: "1554304795838",
      meter: { aggregation: "weighted_sum", held: "levels", value_property: "n" },
      price: plain,
    },
    {
      name: "the highest of 720 samples",
      quantity: "1377791",
      meter: {
        aggregation: "percentile",
        percent: "99.99",
        sample_seconds: 3_600,
        combining: "sum",
        value_property: "n",
      },
      price: plain,
    },
    {
      name: "a composite, which has the usage of its part",
      quantity: "1711124",
      meter: {
        event_type: "",
        aggregation: "composite",
        value_property: null,
        dimensions: [],
        group_property: "model",
        parts: [{ meter: "words", weight: "0.3" }],
        rounding: { mode: "ceiling", decimals: 0 },
      },
      part: { meter: "words", aggregation: "sum", value_property: "n" },
      price: plain,
    },
    {
      name: "a sum, by a matrix without a row for one model",
      quantity: "1711124",
      meter: { aggregation: "sum", value_property: "n" },
      price: byModel,
    },
    {
      name: "a maximum, by a matrix without a row for one model",
      quantity: "1377791",
      meter: { aggregation: "max", value_property: "n" },
      price: byModel,
    },
  ];
