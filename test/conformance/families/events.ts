import { sum } from "@tallybook/money";
import {
  averageOver,
  type EventsRating,
  type Percentage,
  ratePercentage,
  rateProrated,
  sumOfRatios,
  withTax,
} from "@tallybook/pricing";
import { Refused, type System } from "../case.ts";
import { currencyOf } from "../money.ts";
import { chargeOf } from "../price.ts";
import type { Adapter, Family } from "../registry.ts";
import { exact, exactly, Fields, type Got } from "../values.ts";

/** What one event would cost before anything else happened in the period; free allowances do not apply to an estimate. */
const rate_single_event: Adapter = (given, { system }) => {
  const fields = new Fields(given);
  const charge = percentageOf(fields, system);
  const unfree = { ...charge, freeEvents: null, freeAmount: null };
  return { total: exact(ratePercentage(unfree, [fields.number("event_value")]).amount) };
};

const rate_events: Adapter = (given, { system }) => {
  const fields = new Fields(given);
  const values = fields.numbers("event_values");
  return ratingOf(ratePercentage(percentageOf(fields, system), values));
};

function ratingOf({ amount, events }: EventsRating): Got {
  const paid = events.filter((event) => event.isPaid);
  const paidValues = events.map((event) => event.paidValue);
  const freeValues = events.map((event) => event.freeValue);
  return {
    total: exact(amount),
    average_unit_amount: exact(averageOver(amount, sum([...paidValues, ...freeValues]))),
    free_quantity: exactly(sum(freeValues)),
    paid_quantity: exactly(sum(paidValues)),
    free_events: events.length - paid.length,
    paid_events: paid.length,
    usage_amount: exact(sumOfRatios(events.map((event) => event.usage))),
    fixed_amount: exactly(sum(events.map((event) => event.fixed))),
  };
}

/** The total as it stood after each event. */
const rate_event_sequence: Adapter = (given, { system }) => {
  const fields = new Fields(given);
  const charge = percentageOf(fields, system);
  const values = fields.numbers("event_values");
  const percent = fields.numberOr("tax_percent", "0");
  const currency = currencyOf(fields);
  return {
    after_each_event: values.map((_value, index) => {
      const { amount } = ratePercentage(charge, values.slice(0, index + 1));
      return { total: exact(amount), total_with_tax: exactly(withTax(amount, percent, currency)) };
    }),
  };
};

const rate_prorated_events: Adapter = (given, { system }) => {
  const fields = new Fields(given);
  const charge = chargeOf(fields.fields("price").given, system);
  if (charge.model !== "graduated") throw new Refused(`${charge.model} is not prorated by event`);
  const weighted = fields.numbers("event_prorated_units");
  const units = fields.numbers("event_units");
  if (units.length !== weighted.length) throw new Refused("an event without its weighted units");
  const events = units.map((each, index) => ({ units: each, weighted: weighted[index] ?? each }));
  const amount = rateProrated(charge, events);
  return {
    total: exact(amount),
    average_unit_amount: exact(averageOver(amount, sum(units))),
  };
};

function percentageOf(fields: Fields, system: System): Percentage {
  const charge = chargeOf(fields.fields("price").given, system);
  if (charge.model === "percentage") return charge;
  throw new Refused(`a ${charge.model} price does not go by event`);
}

export const events: Family = {
  adapters: { rate_single_event, rate_events, rate_event_sequence, rate_prorated_events },
  unordered: [],
};
