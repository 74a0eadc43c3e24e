import {
  type Aggregation,
  burnDown,
  type BurnDown,
  compareGrants,
  type Credits,
  type Grant,
  makeGrant,
  openCredits,
  overageOf,
  balancesOf,
  recursWith,
  type Refusal,
  type Run,
  type Segment,
  totalOf,
  unwind,
  type Use,
  usageOf,
} from "@tallybook/credits";
import { add, compare, decimal, type Decimal, sub } from "@tallybook/money";
import { calendar, type Micros, timesEnd } from "@tallybook/periods";
import { Refused } from "../case.ts";
import { currencyOf } from "../money.ts";
import type { Adapter, Family } from "../registry.ts";
import { intervalOf, timeOf } from "../times.ts";
import { exactly, Fields, type Got, numbersByName } from "../values.ts";

/** Usage over a stretch of time, burnt from grants whose balances at its start are told. */
const credit_burn: Adapter = (given) => {
  const fields = new Fields(given);
  const grants = fields.each("grants");
  const opened = openCredits({
    unit,
    at: timeOf(fields.text("from")),
    grants: grants.map(grantOf),
    balances: numbersByName(fields.fields("opening_balances")),
    overage: overageAtStart(fields),
  });
  const values = fields.each("usage").map((use) => useOf(use.text("at"), use.number("quantity")));
  const run: Run = {
    to: timeOf(fields.text("to")),
    usage: usageOf(values, aggregationOf(fields)),
    voids: grants.flatMap((grant) =>
      ["deleted_at", "voided_at"]
        .filter((name) => grant.has(name))
        .map((name) => ({ grant: grant.text("grant"), at: timeOf(grant.text(name)) })),
    ),
    resets: fields.list("resets").map((at) => timeOf(typeof at === "string" ? at : "")),
    overage: fields.flag("preserve_overage") ? "kept" : "dropped",
  };
  return resultOf(done(burnDown(done(opened).credits, run)));
};

function resultOf({ credits, segments }: BurnDown): Got {
  return {
    balances: amountsOf(balancesOf(credits)),
    total_balance: exactly(totalOf(credits)),
    overage: exactly(overageOf(credits)),
    segments: segments.length,
    segment_usage: segments.map(({ usage }) => exactly(usage)),
    segment_overage: segments.map(({ overage }) => exactly(overage)),
    segment_opening_total: segments.map(({ openingTotal }) => exactly(openingTotal)),
    segment_closing_total: segments.map(({ closingTotal }) => exactly(closingTotal)),
    segment_opening: Object.fromEntries(
      segments.map(({ opening }, index) => [String(index + 1), amountsOf(opening)]),
    ),
    ...Object.fromEntries(
      segments.map((segment, index) => [`${ordinals[index] ?? index}_segment`, shownOf(segment)]),
    ),
    usage_since_reset: exactly(credits.used),
    balance_before_reset: beforeReset(segments),
  };
}

const ordinals = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"];

function shownOf(segment: Segment): Got {
  return {
    opening_balance: amountsOf(segment.opening),
    opening_overage: exactly(segment.openingOverage),
    usage: exactly(segment.usage),
    overage: exactly(segment.overage),
    closing_total: exactly(segment.closingTotal),
  };
}

function beforeReset(segments: readonly Segment[]): Got {
  const last = segments.findLast(({ endsInReset }) => endsInReset);
  return last === undefined ? null : exactly(last.closingTotal);
}

/** Without bounds for a reset its source lets nothing roll over. */
function grantOf(fields: Fields): Grant {
  return made({
    grant: fields.text("grant"),
    amount: fields.text("amount"),
    priority: fields.wholeOrNull("priority") ?? 0,
    created_at: timeOr(fields, "created_at", 0),
    effective_at: timeOf(fields.text("effective_at")),
    expires_at: fields.has("expires_at") ? expiryOf(fields.text("expires_at")) : null,
    recurs: fields.has("recurs") ? recurrenceOf(fields.fields("recurs")) : null,
    rollover_min: fields.textOr("reset_min_rollover", "0"),
    rollover_max: fields.textOr("reset_max_rollover", "0"),
  });
}

type Spec = Parameters<typeof makeGrant>[0];

function made(spec: Omit<Spec, "unit" | "carry_max" | "cost" | "only">): Grant {
  const result = makeGrant({ ...spec, unit, carry_max: "0", cost: null, only: null });
  if (result.ok) return result.grant;
  throw new Refused(result.faults.map(({ detail }) => detail).join("; "));
}

function recurrenceOf(fields: Fields) {
  const interval = intervalOf(fields.text("every"));
  const anchor = { kind: "anniversary", at: timeOf(fields.text("anchor")) } as const;
  return recursWith(calendar({ zone: "UTC", ...interval, anchor }));
}

/** An expiry may be later than any event of ours can be. */
function expiryOf(text: string): Micros {
  const millis = Date.parse(text);
  return millis * 1_000 >= timesEnd ? millis * 1_000 : timeOf(text);
}

function timeOr(fields: Fields, name: string, fallback: Micros): Micros {
  return fields.has(name) ? timeOf(fields.text(name)) : fallback;
}

function useOf(at: string, quantity: Decimal): Use {
  return { at: timeOf(at), quantity, meter: "usage", product: null };
}

function overageAtStart(fields: Fields) {
  const quantity = fields.numberOr("opening_overage", "0");
  const isNone = compare(quantity, decimal("0")) === 0;
  return isNone ? [] : [{ meter: "usage", product: null, quantity }];
}

function aggregationOf(fields: Fields): Aggregation {
  const name = fields.textOr("aggregation", "sum").toLowerCase();
  const found = aggregations.find((each) => each === name);
  if (found !== undefined) return found;
  throw new Refused(`no aggregation ${name}`);
}

const aggregations: readonly Aggregation[] = ["sum", "count", "latest", "max", "min"];

/** The order in which grants burn; their times are told from 2026 on. */
const credit_order: Adapter = (given) => {
  const grants = new Fields(given).each("grants").map((fields): Grant => {
    const effective = momentOf(fields.textOr("effective", "0s"));
    return made({
      grant: fields.text("grant"),
      amount: fields.textOr("amount", "1"),
      priority: fields.wholeOrNull("priority") ?? 0,
      created_at: momentOf(fields.textOr("created", "0s")),
      effective_at: effective,
      expires_at: fields.has("expires_after")
        ? effective + microsOf(fields.text("expires_after"))
        : null,
      recurs: null,
      rollover_min: "0",
      rollover_max: null,
    });
  });
  return { order: grants.toSorted(compareGrants).map(({ grant }) => grant) };
};

function momentOf(text: string): Micros {
  return timeOf("2026-01-01") + microsOf(text);
}

function microsOf(text: string): Micros {
  const [, number, unitOfTime = ""] = /^([+-]?\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text) ?? [];
  const length = lengths[unitOfTime];
  if (number === undefined || length === undefined) throw new Refused(`no duration: ${text}`);
  return Math.round(Number(number) * length);
}

const second = 1_000_000;
const lengths: Readonly<Record<string, Micros>> = {
  ms: 1_000,
  s: second,
  m: 60 * second,
  h: 3_600 * second,
  d: 86_400 * second,
  w: 604_800 * second,
};

/** What was granted is what was used and what is left, less what no grant covered: before late usage comes and after it. */
const credit_identity: Adapter = (given) => {
  const fields = new Fields(given);
  const [amount, usage] = [fields.number("grant_amount"), fields.number("usage")];
  const late = fields.numberOr("late_usage", "0");
  const grant = made({
    grant: "g1",
    amount: fields.text("grant_amount"),
    priority: 1,
    created_at: momentOf("0s"),
    effective_at: momentOf("0s"),
    expires_at: null,
    recurs: null,
    rollover_min: "0",
    rollover_max: null,
  });
  const snapshots = [decimal("0"), usage, add(usage, late)].map((used) => ({
    used,
    credits: burntBy(grant, used),
  }));
  const holds = snapshots.every(({ used, credits }) => {
    const rest = sub(totalOf(credits), overageOf(credits));
    return compare(amount, add(used, rest)) === 0;
  });
  const last = snapshots.at(-1)?.credits;
  return {
    identity: holds ? "grant_amount = usage_in_period + balance - overage" : "it does not hold",
    balance: last === undefined ? null : exactly(totalOf(last)),
    overage: last === undefined ? null : exactly(overageOf(last)),
    usage_in_period: last === undefined ? null : exactly(last.used),
  };
};

function burntBy(grant: Grant, quantity: Decimal): Credits {
  const at = grant.effectiveAt;
  const balances = new Map([[grant.grant, grant.amount]]);
  const opened = done(openCredits({ unit, at, grants: [grant], balances, overage: [] }));
  const use: Use = { at, quantity, meter: "usage", product: null };
  const usage = usageOf([use]);
  const to = momentOf("1d");
  return done(burnDown(opened.credits, { to, usage, voids: [], resets: [], overage: "kept" }))
    .credits;
}

/** Burns given back, the latest first. */
const credit_unwind: Adapter = (given) => {
  const fields = new Fields(given);
  const listed = (name: string) =>
    fields.each(name).map((each) => ({
      allocation: each.text("allocation"),
      amount: each.number("amount"),
    }));
  const unwound = unwind(
    listed("allocations"),
    listed("earlier_corrections"),
    fields.number("correct_by"),
    currencyOf(fields),
  );
  return {
    corrections: done(unwound).corrections.map(({ allocation, amount }) => ({
      allocation,
      amount: exactly(amount),
    })),
  };
};

function amountsOf(amounts: ReadonlyMap<string, Decimal>): Got {
  return Object.fromEntries([...amounts].map(([grant, amount]) => [grant, exactly(amount)]));
}

function done<T extends { ok: true }>(result: T | Refusal): T {
  if (result.ok) return result;
  throw new Refused(result.fault.detail);
}

const unit = "credits";

export const credits: Family = {
  adapters: { credit_burn, credit_order, credit_identity, credit_unwind },
  unordered: [],
};
