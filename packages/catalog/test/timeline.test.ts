import {
  billingPeriodAt,
  billingPeriodFrom,
  type Billed,
  cancelFacts,
  type CatalogFact,
  changeFacts,
  evolve,
  Faults,
  owedPart,
  readChangeAsked,
  readTimeAsked,
  statusOf,
  subscriptionDocument,
  subscriptionOf,
  type Subscription,
  type Terms,
  termsAt,
  wholePeriodAt,
} from "@tallybook/catalog";
import { addRatios, compareRatios, decimal, ratioOf, toText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applied, at, folded, tenant } from "./documents.ts";

const day = 86_400_000_000;
const calendar = {
  time_zone: "Europe/Berlin",
  every: 1,
  unit: "month",
  anchor: { kind: "calendar", weekday: null, day: null, month: null },
} as const;

function on(from: number, of: Partial<Terms> = {}): Terms {
  const usual = { plan: "a", quantity: "1", add_ons: [], paused: false, covered: "nothing" };
  return { from, ...(usual as Omit<Terms, "from">), ...of };
}

/** Starts at the first time; each of the others begins terms that are paused or not. */
const timelines = fc
  .record({
    start: fc.integer({ min: at("2023-01-01T00:00:00Z"), max: at("2024-01-01T00:00:00Z") }),
    steps: fc.array(fc.tuple(fc.integer({ min: 1, max: 70 * day }), fc.boolean()), {
      maxLength: 6,
    }),
    lasts: fc.option(fc.integer({ min: 1, max: 400 * day })),
  })
  .map(({ start, steps, lasts }): Billed & { readonly terms: readonly Terms[] } => {
    let from = start;
    const terms = [on(start)];
    for (const [length, paused] of steps) terms.push(on((from += length), { paused }));
    return { start, end: lasts === null ? null : start + lasts, calendar, terms };
  });

describe("periods of a timeline", () => {
  test("follow each other without a gap but where it is paused, each inside its period of the calendar and its terms", () => {
    fc.assert(
      fc.property(timelines, (subscription) => {
        const { start, end, terms } = subscription;
        const stop = Math.min(end ?? Infinity, start + 500 * day);
        let reached = start;
        for (;;) {
          const period = billingPeriodFrom(subscription, reached);
          if (period === undefined || period.from >= stop) break;
          const { from, to, whole, due } = period;
          for (let time = reached; time < from;) {
            expect(termsAt({ terms }, time)?.paused).toBe(true);
            time = terms.find((each) => each.from > time)?.from ?? Infinity;
          }
          expect(from).toBeLessThan(to);
          expect(whole).toEqual(wholePeriodAt(subscription, from));
          expect(from >= whole.from && to <= whole.to && to <= due).toBe(true);
          expect(due).toBe(Math.min(whole.to, end ?? Infinity));
          expect(terms.filter((each) => each.from > from && each.from < to)).toEqual([]);
          expect(billingPeriodAt(subscription, from)).toEqual(period);
          expect(billingPeriodAt(subscription, to - 1)).toEqual(period);
          reached = to;
        }
      }),
    );
  });

  test("by the second, the parts of a whole period that nothing pauses add up to it", () => {
    fc.assert(
      fc.property(timelines, (drawn) => {
        const terms = drawn.terms.map((each) => ({ ...each, paused: false }));
        const subscription = { ...drawn, terms, end: null, proration: "by_second" } as const;
        const whole = wholePeriodAt(subscription, drawn.start + 40 * day);
        if (whole.from < drawn.start) return;
        let sum = ratioOf(decimal("0"));
        for (let from = whole.from; from < whole.to;) {
          const part = billingPeriodFrom(subscription, from);
          if (part === undefined) throw new Error("a gap");
          sum = addRatios(sum, owedPart(subscription, part));
          from = part.to;
        }
        expect(compareRatios(sum, ratioOf(decimal("1")))).toBe(0);
      }),
    );
  });

  test("where nothing is prorated, the first part that no trial covers owes all", () => {
    const times = ["2024-01-01", "2024-01-10", "2024-01-20"].map((each) => at(`${each}T00:00:00Z`));
    const terms = [
      on(times[0] ?? 0, { covered: "fixed_fees" }),
      on(times[1] ?? 0),
      on(times[2] ?? 0, { plan: "b" }),
    ];
    const utc = { ...calendar, time_zone: "UTC" };
    const start = times[0] ?? 0;
    const subscription = { start, end: null, calendar: utc, terms, proration: "none" } as const;
    const owed = times.map((time) => {
      const part = billingPeriodFrom(subscription, time);
      return part && toText(owedPart(subscription, part).num);
    });
    expect(owed).toEqual(["0", "1", "0"]);
  });
});

const asked = (now: string) => ({ now: at(now), actor: "k", tenant });

/** A catalog with plans a and b and a customer, and what a document adds to it. */
function catalogWith(...subscriptions: object[]) {
  const flat = (plan: string, amount: string) => ({
    plan,
    currency: "USD",
    prices: [{ price: "base", model: "flat", amount }],
  });
  return applied(
    folded([]),
    {
      plans: [flat("a", "10"), flat("b", "20"), flat("extra", "5")],
      customers: [{ customer: "c" }],
      subscriptions: subscriptions.map((each) => ({ customer: "c", plan: "a", ...each })),
    },
    at("2024-01-01T00:00:00Z"),
  );
}

function known(catalog: ReturnType<typeof folded>, id = "s"): Subscription {
  const found = subscriptionOf(catalog, tenant, id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
}

/** As `2024-01-01 a x1`: when, the plan, the quantity and what is special. */
function shown({ terms }: Pick<Subscription, "terms">): string[] {
  return terms.map(({ from, plan, quantity, add_ons, paused, covered }) =>
    [
      formatTime(from).replace("T00:00:00Z", ""),
      plan,
      `x${quantity}`,
      ...add_ons.map((each) => `+${each.plan} x${each.quantity}`),
      ...(paused ? ["paused"] : []),
      ...(covered === "nothing" ? [] : [covered]),
    ].join(" "),
  );
}

/** Does a command; its facts are taken in, or its faults told. */
function ordered(
  catalog: ReturnType<typeof folded>,
  now: string,
  change: Readonly<Record<string, unknown>> | "cancel" | "pause" | "resume",
  time: string,
): string[] {
  const faults = new Faults();
  const paused = change === "cancel" ? {} : { paused: change === "pause" };
  const read =
    typeof change === "string"
      ? readTimeAsked({ at: time }, paused)
      : readChangeAsked({ ...change, at: time });
  if (!read.ok) return read.faults.map(({ field, reason }) => `${field} ${reason}`);
  const decide = change === "cancel" ? cancelFacts : changeFacts;
  const facts: CatalogFact[] = decide(catalog, known(catalog), read.asked, asked(now), faults);
  const list = faults.list();
  if (list.length > 0) return list.map(({ field, reason }) => `${field} ${reason}`);
  for (const fact of facts) evolve(catalog, fact, catalog.offset);
  return shown(known(catalog));
}

describe("commands", () => {
  const start = "2024-01-01T00:00:00Z";

  test("an upgrade during a trial keeps the trial's end, and a scheduled phase stays", () => {
    const catalog = catalogWith({
      subscription: "s",
      start,
      trial: { days: "14", covers: "everything" },
      phases: [{ at: "2024-03-01T00:00:00Z", plan: "extra" }],
    });
    expect(ordered(catalog, "2024-01-05T00:00:00Z", { plan: "b", quantity: "3" }, "now")).toEqual([
      "2024-01-01 a x1 everything",
      "2024-01-05 b x3 everything",
      "2024-01-15 b x3",
      "2024-03-01 extra x3",
    ]);
  });

  test("a change at the period's end is that of the calendar; the same again changes nothing", () => {
    const catalog = catalogWith({ subscription: "s", start });
    const after = ["2024-01-01 a x1", "2024-02-01 b x1 +extra x2"];
    const change = { plan: "b", add_ons: [{ plan: "extra", quantity: "2" }] };
    expect(ordered(catalog, "2024-01-20T10:00:00Z", change, "period_end")).toEqual(after);
    const before = catalog.offset;
    expect(ordered(catalog, "2024-01-21T10:00:00Z", change, "period_end")).toEqual(after);
    expect(catalog.offset).toBe(before);
  });

  test("a pause holds until it is resumed, and leaves no trace where it lasted no time", () => {
    const catalog = catalogWith({ subscription: "s", start });
    ordered(catalog, "2024-01-10T00:00:00Z", "pause", "now");
    expect(statusOf(known(catalog), at("2024-01-12T00:00:00Z"))).toBe("paused");
    expect(ordered(catalog, "2024-01-12T00:00:00Z", "resume", "2024-02-05T00:00:00Z")).toEqual([
      "2024-01-01 a x1",
      "2024-01-10 a x1 paused",
      "2024-02-05 a x1",
    ]);
    expect(ordered(catalog, "2024-01-12T00:00:00Z", "resume", "2024-01-10T00:00:00Z")).toEqual([
      "2024-01-01 a x1",
    ]);
  });

  test("what may be billed stays as it is, and the refusal says what to do", () => {
    const catalog = catalogWith({ subscription: "s", start });
    const change = { plan: "b" };
    expect(ordered(catalog, "2024-02-10T00:00:00Z", change, "2024-01-31T23:59:59Z")).toEqual([
      "at closed_period",
    ]);
    expect(ordered(catalog, "2024-02-10T00:00:00Z", change, "2023-12-31T00:00:00Z")).toEqual([
      "at before_start",
    ]);
    expect(ordered(catalog, "2024-02-10T00:00:00Z", change, "2024-02-01T00:00:00Z")).toEqual([
      "2024-01-01 a x1",
      "2024-02-01 b x1",
    ]);
    expect(ordered(catalog, "2024-02-10T00:00:00Z", "cancel", "2024-01-15T00:00:00Z")).toEqual([
      "at closed_period",
    ]);
  });

  test("cancelled, it can be kept longer while it is not over, and then no more", () => {
    const catalog = catalogWith({ subscription: "s", start });
    ordered(catalog, "2024-01-10T00:00:00Z", "cancel", "period_end");
    expect(formatTime(known(catalog).end ?? 0)).toBe("2024-02-01T00:00:00Z");
    ordered(catalog, "2024-01-11T00:00:00Z", "cancel", "2024-01-20T00:00:00Z");
    expect(statusOf(known(catalog), at("2024-01-20T00:00:00Z"))).toBe("ended");
    expect(ordered(catalog, "2024-01-21T00:00:00Z", { plan: "b" }, "now")).toEqual([
      "at closed_period",
    ]);
  });

  test("plans that are not there, and what says nothing, are refused", () => {
    const catalog = catalogWith({ subscription: "s", start });
    expect(ordered(catalog, start, { plan: "none" }, "now")).toEqual(["plan unknown_plan"]);
    expect(ordered(catalog, start, { add_ons: ["none"] }, "now")).toEqual([
      "add_ons[0].plan unknown_plan",
    ]);
    expect(ordered(catalog, start, {}, "now")).toEqual(["plan missing"]);
    expect(ordered(catalog, start, { quantity: "0" }, "now")).toEqual(["quantity not_a_quantity"]);
    expect(ordered(catalog, start, { plan: "b" }, "soon")).toEqual(["at not_a_time"]);
  });

  test("a document comes back as it was applied, and changes nothing the second time", () => {
    const document = {
      subscription: "s",
      customer: "c",
      plan: "a",
      start,
      quantity: "2.5",
      add_ons: [{ plan: "extra", quantity: "2" }],
      trial: { end: "2024-01-15T00:00:00Z", covers: "fixed_fees" },
      phases: [{ at: "2024-02-10T00:00:00Z", plan: "b" }],
    };
    const catalog = catalogWith(document);
    const back = subscriptionDocument(known(catalog));
    expect(back).toMatchObject(document);
    const { offset } = catalog;
    const { calendar: told, end, ...rest } = back;
    applied(catalog, { subscriptions: [rest] }, at("2024-01-20T00:00:00Z"));
    ordered(catalog, "2024-01-20T00:00:00Z", { plan: "b" }, "now");
    expect([told.unit, end]).toEqual(["month", null]);
    applied(catalog, { subscriptions: [rest] }, at("2024-01-21T00:00:00Z"));
    expect(catalog.offset).toBe(offset + 1);
  });
});

describe("approval", () => {
  const approval = (body: Record<string, string>, version: number): CatalogFact => ({
    kind: "ObjectRevised",
    tenant,
    recorded_at: 0,
    actor: "k",
    effective_at: at("2024-01-10T00:00:00Z"),
    collection: "customers",
    id: "c",
    version,
    archived: false,
    body,
  });

  test("nothing begins before it, and a trial lasts as long as it was to", () => {
    const pending = catalogWith();
    evolve(pending, approval({ approval: "pending" }, 1), pending.offset);
    const subscription = { subscription: "s", customer: "c", plan: "a" };
    const timed = { ...subscription, start: "2024-01-01T00:00:00Z", trial: { days: "7" } };
    const catalog = applied(pending, { subscriptions: [timed] }, at("2024-01-01T00:00:00Z"));
    expect(statusOf(known(catalog), at("2024-01-09T00:00:00Z"))).toBe("pending");
    expect(billingPeriodAt(known(catalog), at("2024-01-09T00:00:00Z"))).toBeUndefined();
    expect(billingPeriodFrom(known(catalog), 0)).toBeUndefined();
    const approved = { approval: "approved", activated_at: "2024-01-10T00:00:00Z" };
    evolve(catalog, approval(approved, 2), catalog.offset);
    expect(shown(known(catalog))).toEqual(["2024-01-10 a x1 fixed_fees", "2024-01-17 a x1"]);
    expect(statusOf(known(catalog), at("2024-01-12T00:00:00Z"))).toBe("trialing");
    // Who is approved already begins there too.
    const other = { ...timed, subscription: "t" };
    const later = applied(catalog, { subscriptions: [other] }, at("2024-01-12T00:00:00Z"));
    expect(shown(known(later, "t"))).toEqual(["2024-01-10 a x1 fixed_fees", "2024-01-17 a x1"]);
    // Applied again, it is so already.
    const { offset } = later;
    applied(later, { subscriptions: [other, timed] }, at("2024-01-13T00:00:00Z"));
    expect(later.offset).toBe(offset);
  });
});
