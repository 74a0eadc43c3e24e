import { add, decimal, type Decimal, mul, ratioOf, sub, sum } from "@tallybook/money";
import {
  countDays,
  creditNote,
  creditNotes,
  type DayCount,
  plusTax,
  prorate as worthOf,
  prorateChange,
  proratedTrueUp,
  roundMoney,
  taxOf,
} from "@tallybook/pricing";
import { type Json, Refused } from "../case.ts";
import { calendarStart, dayOf, secondsBetween, startOfInterval } from "../days.ts";
import { currencyOf } from "../money.ts";
import type { Adapter, Family } from "../registry.ts";
import { exact, exactly, Fields, numberOf } from "../values.ts";

const prorate: Adapter = (given) => {
  const fields = new Fields(given);
  const amount = ratioOf(fields.number("amount"));
  return taxedPart(
    worthOf(amount, fields.number("days_used"), fields.number("days_in_period")),
    fields,
  );
};

/** From a date to another, both used, over the days of the period, whose end is excluded. */
const prorate_range: Adapter = (given) => {
  const fields = new Fields(given);
  const [start, end] = datesOf(fields, "period");
  const used = countDays(
    dayOf(fields.text("from")),
    dayOf(fields.text("to_inclusive")),
    "both_ends_included",
  );
  const whole = countDays(dayOf(start), dayOf(end), "end_excluded");
  return taxedPart(worthOf(ratioOf(fields.number("amount")), used, whole), fields);
};

function taxedPart(worth: ReturnType<typeof worthOf>, fields: Fields) {
  const currency = currencyOf(fields);
  const note = creditNote(worth, fields.numberOr("tax_percent", "0"), currency);
  return {
    net: exactly(note.net),
    tax: exactly(note.tax),
    total_with_tax: exactly(note.total),
  };
}

const prorate_flat_fee: Adapter = (given) => {
  const fields = new Fields(given);
  const part = secondsBetween(...datesOf(fields, "service_period"));
  const whole = secondsBetween(...datesOf(fields, "full_period"));
  const worth = worthOf(ratioOf(fields.number("amount")), part, whole);
  return { amount: exactly(roundMoney(worth, currencyOf(fields))) };
};

const prorate_change: Adapter = (given) => {
  const fields = new Fields(given);
  const change = {
    oldAmount: priceOf(fields, "old"),
    newAmount: priceOf(fields, "new"),
    alreadyPaid: fields.numberOrNull("already_paid"),
    earlierCredits: fields.numberOr("earlier_credits", "0"),
  };
  const { credit, charge, net } = prorateChange(change, restOf(fields), currencyOf(fields));
  return { credit: exactly(credit), charge: exactly(charge), net: exactly(net) };
};

/** An amount for the whole period, or a quantity at a unit amount; nothing where there is neither. */
function priceOf(fields: Fields, which: "old" | "new"): Decimal {
  if (fields.has(`${which}_amount`)) return fields.number(`${which}_amount`);
  if (!fields.has(`${which}_unit_amount`)) return decimal("0");
  return mul(fields.number(`${which}_unit_amount`), fields.numberOr(`${which}_quantity`, "1"));
}

/** What is left of the period at the change: the day of the change is in it. */
function restOf(fields: Fields): { readonly remaining: Decimal; readonly whole: Decimal } {
  const [start, end] = datesOf(fields, "period").map(dayOf) as [number, number];
  const convention = dayCountOf(fields.textOr("day_count", "end_excluded"));
  const change = dayOf(fields.text("change_date"));
  return {
    remaining: fields.numberOrNull("days_remaining") ?? countDays(change, end, convention),
    whole: fields.numberOrNull("days_in_period") ?? countDays(start, end, convention),
  };
}

/** Several items change, are added and removed on one day. */
const prorate_many: Adapter = (given) => {
  const fields = new Fields(given);
  const changed = fields.list("changed").map((pair) => amountsOf(pair));
  const added = fields.numbers("added").map((amount) => [decimal("0"), amount]);
  const removed = fields.numbers("removed").map((amount) => [amount, decimal("0")]);
  const changes = [...changed, ...added, ...removed].map(([oldAmount, newAmount]) =>
    prorateChange(
      {
        oldAmount: oldAmount ?? decimal("0"),
        newAmount: newAmount ?? decimal("0"),
        alreadyPaid: null,
        earlierCredits: decimal("0"),
      },
      restOf(fields),
      currencyOf(fields),
    ),
  );
  return {
    credit: exactly(sum(changes.map((each) => each.credit))),
    charge: exactly(sum(changes.map((each) => each.charge))),
    net: exactly(sum(changes.map((each) => each.net))),
  };
};

function amountsOf(pair: Json): Decimal[] {
  if (!Array.isArray(pair)) throw new TypeError(`no pair: ${JSON.stringify(pair)}`);
  return (pair as readonly Json[]).map((each) => numberOf(each, "changed"));
}

/** What is missing to a charge's minimum in a part of a period. */
const charge_minimum_true_up: Adapter = (given) => {
  const fields = new Fields(given);
  const currency = currencyOf(fields);
  const usage = fields.number("usage_amount");
  const percent = fields.numberOr("tax_percent", "0");
  const trueUp = proratedTrueUp(
    { minimum: fields.number("charge_minimum"), wholePeriodFees: [], counted: [usage] },
    { used: fields.number("days_used"), whole: fields.number("days_in_period") },
    currency,
  );
  const fees = add(usage, trueUp);
  return {
    true_up: exactly(trueUp),
    true_up_tax: exactly(roundMoney(taxOf(ratioOf(trueUp), percent), currency)),
    fees_total: exactly(fees),
    taxes_total: exactly(sub(plusTax(fees, percent, currency), fees)),
  };
};

/** What is missing to a plan's minimum in its first, possibly partial period. */
const minimum_commitment_true_up: Adapter = (given) => {
  const fields = new Fields(given);
  const billedAt = fields.text("billed_at");
  const start = startOfInterval(billedAt, fields.text("interval"));
  const used = Math.max(start, dayOf(fields.text("subscription_start")));
  const trueUp = proratedTrueUp(
    {
      minimum: fields.number("minimum_commitment"),
      wholePeriodFees: [fields.numberOr("plan_fee_for_full_period", "0")],
      counted: [fields.numberOr("usage", "0"), fields.numberOr("other_fees_in_period", "0")],
    },
    {
      used: countDays(used, dayOf(billedAt), "end_excluded"),
      whole: countDays(start, dayOf(billedAt), "end_excluded"),
    },
    currencyOf(fields),
  );
  return { true_up: exactly(trueUp) };
};

/** A plan paid in advance that ends: the day it ends is used. */
const credit_note_on_termination: Adapter = (given) => {
  const fields = new Fields(given);
  const currency = currencyOf(fields);
  const percent = fields.numberOr("tax_percent", "0");
  const whole = fields.number("period_days");
  const days = fields.whole("period_days");
  const started = dayOf(fields.text("started"));
  const terminated = dayOf(fields.text("terminated"));
  const isCalendar = fields.text("billing") === "calendar";
  const periodStart = isCalendar
    ? calendarStart(terminated, fields.text("interval"))
    : started + Math.floor((terminated - started) / days) * days;
  const end = periodStart + days;
  const plan = ratioOf(fields.number("plan_amount"));
  const invoiced = worthOf(
    plan,
    countDays(Math.max(started, periodStart), end, "end_excluded"),
    whole,
  );
  const credited = worthOf(plan, countDays(terminated + 1, end, "end_excluded"), whole);
  const note = creditNote(credited, percent, currency);
  return {
    invoice_total: exactly(plusTax(roundMoney(invoiced, currency), percent, currency)),
    credit_net: exactly(note.net),
    credit_tax: exactly(note.tax),
    credit_total: exactly(note.total),
    credit_net_unrounded: exact(credited),
  };
};

const credit_note_sequence: Adapter = (given) => {
  const fields = new Fields(given);
  const net = fields.number("invoice_line");
  const taxPercent = fields.numberOr("tax_percent", "0");
  const currency = currencyOf(fields);
  const total = plusTax(net, taxPercent, currency);
  const notes = creditNotes({ net, taxPercent }, fields.numbers("credit_net_amounts"), currency);
  return {
    invoice_tax: exactly(sub(total, net)),
    invoice_total: exactly(total),
    notes: notes.map((note) => ({
      net: exactly(note.net),
      tax: exactly(note.tax),
      total: exactly(note.total),
    })),
    sum_of_notes: exactly(sum(notes.map((note) => note.total))),
  };
};

function datesOf(fields: Fields, name: string): [string, string] {
  const [from, to] = fields.list(name);
  if (typeof from !== "string" || typeof to !== "string")
    throw new Refused(`${name} has no two dates`);
  return [from, to];
}

function dayCountOf(text: string): DayCount {
  switch (text) {
    case "end_excluded":
    case "both_ends_included":
      return text;
    default:
      throw new Refused(`no day count ${text}`);
  }
}

export const proration: Family = {
  adapters: {
    prorate,
    prorate_range,
    prorate_flat_fee,
    prorate_change,
    prorate_many,
    charge_minimum_true_up,
    minimum_commitment_true_up,
    credit_note_on_termination,
    credit_note_sequence,
  },
  unordered: [],
};
