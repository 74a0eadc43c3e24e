import {
  billingPeriodFrom,
  cancelFacts,
  changeFacts,
  couponFacts,
  couponRemovedFacts,
  Faults,
  subscriptionOf,
} from "@tallybook/catalog";
import type {
  CatalogFact,
  ChangeAsked,
  CouponAsked,
  Subscription,
  Terms,
  TermsChange,
} from "@tallybook/catalog";
import {
  advancedFees,
  billedFor,
  emptyLedger,
  evolveLedger,
  feeAmount,
  feesInAdvance,
  interimRatings,
  joinSteps,
  meteredUsage,
  ownerOf,
  planStep,
  rateCharge,
  ratedPeriods,
  rateStep,
  ratingOf,
  transactionBytes,
  usageTakenBack,
  withDiscounts,
} from "@tallybook/journal";
import type { RatedPeriod, StepBasis, TransactionPosted } from "@tallybook/journal";
import { compare, decimal, isNegative, isZero, min, sum, toText } from "@tallybook/money";
import { MICROS_PER_DAY, MICROS_PER_HOUR } from "@tallybook/periods";
import {
  at,
  billNow,
  coupon,
  customer,
  fee,
  feeInAdvance,
  perUnit,
  plan,
  row,
  settings,
  subscription,
  system,
  tiered,
} from "@tallybook/testkit/facts";
import type { UsageRow } from "@tallybook/usage";
import fc from "fast-check";
import { expect, test } from "vitest";

import { newWorld } from "./world.ts";
import type { World } from "./world.ts";

const started = at("2024-01-01");
const forever = Number.MAX_SAFE_INTEGER;

/** On a day after the start somebody asks for something, or usage of an earlier day comes in. */
interface Doing {
  readonly day: number;
  readonly does:
    | {
        readonly kind: "change";
        readonly change: TermsChange;
        readonly at: number | "now" | "period_end";
      }
    | { readonly kind: "cancel"; readonly at: number | "now" | "period_end" }
    | { readonly kind: "bill" }
    | {
        readonly kind: "coupon";
        readonly asked: CouponAsked;
        readonly isRemoved: boolean;
        readonly isOfCustomer: boolean;
      }
    | { readonly kind: "use"; readonly daysAgo: number; readonly quantity: number };
}

const times = fc.oneof(
  fc.constantFrom("now" as const, "period_end" as const),
  fc.integer({ min: -20, max: 40 }),
);
const changes: fc.Arbitrary<TermsChange> = fc.oneof(
  fc.constantFrom("a", "b", "ahead", "more").map((to) => ({ plan: to })),
  fc.constantFrom("1", "3", "2.5").map((quantity) => ({ quantity })),
  fc.constantFrom([], [{ plan: "extra", quantity: "2" }]).map((add_ons) => ({ add_ons })),
  fc.boolean().map((paused) => ({ paused })),
);
const doings: fc.Arbitrary<Doing> = fc.record({
  day: fc.nat(130),
  does: fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant("change" as const), change: changes, at: times }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("cancel" as const), at: times }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("bill" as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("coupon" as const),
        asked: fc.record({ coupon: fc.constantFrom("third", "sum", "all"), at: times }),
        isRemoved: fc.boolean(),
        isOfCustomer: fc.boolean(),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant("use" as const),
        daysAgo: fc.nat(40),
        quantity: fc.nat(30),
      }),
    },
  ),
});

function vendor(trialDays: number): World {
  const world = newWorld();
  const seats = { model: "per_unit", unit_amount: "7", per: "1" } as const;
  const calls = perUnit("calls", "calls", "1");
  const tiers = tiered("graduated", "calls", "calls", [
    ["10", "2000000"],
    [null, "1000000"],
  ]);
  const around = {
    included_units: "3",
    discount_percent: "33.333",
    commitment: { amount: null, quantity: "25", overage_factor: "1.5", true_up: true },
    minimum_amount: "5",
    maximum_amount: "90",
  };
  world.tell(
    settings(3_600),
    customer("acme"),
    plan("a", [fee("base", "31"), calls]),
    plan("b", [
      fee("base", "62"),
      { ...tiers, around },
      { price: "seats", meter: null, charge: seats, description: "" },
    ]),
    plan("ahead", [feeInAdvance("base", "93"), calls]),
    plan("more", [feeInAdvance("base", "310"), feeInAdvance("care", "1")]),
    plan("extra", [feeInAdvance("base", "5")]),
    coupon("third", { percent_off: "33.333" }),
    coupon("sum", { amount_off: "40", currency: "USD", duration: "repeating", periods: "2" }),
    coupon("all", { percent_off: "100", plans: ["b", "extra"], duration: "once" }),
    subscription("s", "acme", "a", "2024-01-01"),
  );
  const usual = { plan: "a", quantity: "1", add_ons: [], paused: false } as const;
  const paid: Terms = { from: started + trialDays * MICROS_PER_DAY, ...usual, covered: "nothing" };
  const trial: Terms = { ...paid, from: started, covered: "fixed_fees" };
  const terms = trialDays === 0 ? [paid] : [trial, paid];
  world.tell({
    kind: "SubscriptionChanged",
    ...system,
    effective_at: started,
    subscription: "s",
    terms,
  });
  return world;
}

function known(world: World): Subscription {
  const found = subscriptionOf(world.catalogAt(forever), "default", "s");
  if (found === undefined) throw new Error("no subscription");
  return found;
}

/** What is refused changes nothing. */
function order(
  world: World,
  now: number,
  does: Extract<Doing["does"], { kind: "change" | "cancel" }>,
): void {
  const time = typeof does.at === "number" ? now + does.at * MICROS_PER_DAY : does.at;
  const asked: ChangeAsked = { at: time, change: does.kind === "change" ? does.change : {} };
  const decide = does.kind === "change" ? changeFacts : cancelFacts;
  const faults = new Faults();
  const by = { tenant: "default", actor: "k", now };
  const facts: CatalogFact[] = decide(world.catalogAt(forever), known(world), asked, by, faults);
  if (faults.list().length === 0) world.tell(...facts);
}

function orderCoupon(
  world: World,
  now: number,
  { asked, isRemoved, isOfCustomer }: Extract<Doing["does"], { kind: "coupon" }>,
): void {
  const time = typeof asked.at === "number" ? now + asked.at * MICROS_PER_DAY : asked.at;
  const decide = isRemoved ? couponRemovedFacts : couponFacts;
  const faults = new Faults();
  const target = { customer: "acme", subscription: isOfCustomer ? null : known(world) };
  const by = { tenant: "default", actor: "k", now };
  const facts = decide(world.catalogAt(forever), target, { ...asked, at: time }, by, faults);
  if (faults.list().length === 0) world.tell(...facts);
}

interface Story {
  readonly world: World;
  readonly rows: readonly UsageRow[];
  readonly bases: readonly Omit<StepBasis, "ledger">[];
}

/** A cut each day on which something happens, an hour into the day; then one when everything is over. */
function happen(trialDays: number, list: readonly Doing[]): Story {
  const world = vendor(trialDays);
  const rows: UsageRow[] = [];
  const bases: Omit<StepBasis, "ledger">[] = [];
  let cut = 0;
  const step = (time: number) => {
    world.step(cut, new Date(time / 1_000).toISOString());
    const begun = world.facts.findLast((fact) => fact.kind === "StepBegun");
    if (begun === undefined) throw new Error("no step");
    const { catalogAt, opened, fills } = world;
    bases.push({ begun, catalogAt, opened, fills });
    cut += 1;
  };
  for (const { day, does } of list.toSorted((a, b) => a.day - b.day)) {
    // The clock of a cut is passed: what is asked for then, is asked for later.
    const now = Math.max(started + day * MICROS_PER_DAY, bases.at(-1)?.begun.time ?? 0);
    if (does.kind === "use") {
      const time = new Date((now - does.daysAgo * MICROS_PER_DAY) / 1_000).toISOString();
      const used = row(cut, "acme", "calls", time, String(does.quantity));
      rows.push(used);
      world.use(used);
    } else if (does.kind === "bill") {
      world.tell(billNow("s", now));
    } else if (does.kind === "coupon") {
      orderCoupon(world, now, does);
    } else {
      order(world, now, does);
    }
    step(now + MICROS_PER_HOUR);
  }
  step(started + 400 * MICROS_PER_DAY);
  return { world, rows, bases };
}

const stories = fc
  .tuple(fc.constantFrom(0, 14, 40), fc.array(doings, { maxLength: 12 }))
  .map(([trialDays, list]) => happen(trialDays, list));

test("any order of commands leaves what each period owes: by its rows, its terms and its part of the whole", () => {
  fc.assert(
    fc.property(stories, ({ world, rows, bases }) => {
      const last = bases.at(-1);
      if (last === undefined) throw new Error("no step");
      const basis = { ...last, ledger: world.ledger };
      const rowsByPeriod = Map.groupBy(rows, (each) => {
        const owner = ownerOf(each, { ...basis, catalog: basis.catalogAt(forever) });
        return owner.kind === "rated" ? owner.rated : undefined;
      });
      for (const period of ratedPeriods(world.ledger))
        expectOwed(period, rowsByPeriod.get(period) ?? [], basis);
      const advanced = advancedFees({ ...basis, begun: basis.begun }, []);
      for (const { owed, posted } of advanced) expect(toText(posted)).toBe(toText(owed));
    }),
    { numRuns: 150 },
  );
});

test("any order of commands is rated in the parts that the timeline has in the end", () => {
  fc.assert(
    fc.property(stories, ({ world, bases }) => {
      const time = bases.at(-1)?.begun.time ?? 0;
      const of = known(world);
      const expected: [number, number][] = [];
      for (let from = started; ;) {
        const period = billingPeriodFrom(of, from);
        if (period === undefined || period.due + MICROS_PER_HOUR > time) break;
        expected.push([period.from, period.to]);
        from = period.to;
      }
      const rated = ratedPeriods(world.ledger).map(({ from, to }) => [from, to]);
      expect(rated.toSorted(([a = 0], [b = 0]) => a - b)).toEqual(expected);
    }),
    { numRuns: 150 },
  );
});

/** On which document a transaction stands, of which whole period. */
function documentOf({
  transaction_kind: kind,
  adjusts,
  evidence,
  step,
}: TransactionPosted): string {
  const isLate = kind === "adjustment" || (kind === "discount" && adjusts !== null);
  const isDraft = evidence.in_advance && kind !== "fee" && !isLate;
  const from = evidence.part?.whole_from ?? evidence.period_from;
  return JSON.stringify([step, isLate ? "late" : isDraft ? "draft" : "period", from]);
}

test("any order of commands leaves no coupon that takes more than there is, of a document or of a period", () => {
  let discounts = 0;
  fc.assert(
    fc.property(stories, ({ world }) => {
      const posted = world.facts.filter((each) => each.kind === "TransactionPosted");
      const amount = (of: readonly TransactionPosted[]) =>
        sum(of.map(({ postings }) => decimal(postings[0]?.amount ?? "0")));
      const isDiscount = ({ transaction_kind: kind }: TransactionPosted) => kind === "discount";
      const byPeriod = (each: TransactionPosted) =>
        String(each.evidence.part?.whole_from ?? each.evidence.period_from);
      discounts += posted.filter(isDiscount).length;
      for (const own of Map.groupBy(posted, documentOf).values()) {
        const charged = amount(own.filter((each) => !isDiscount(each)));
        const [least, whole] = [min(charged, decimal("0")), amount(own)];
        expect(compare(whole, least)).toBeGreaterThanOrEqual(0);
      }
      for (const own of Map.groupBy(posted, byPeriod).values()) {
        expect(
          isNegative(amount(own)) && !isNegative(amount(own.filter((each) => !isDiscount(each)))),
        ).toBe(false);
        expect(
          isNegative(amount(own.filter(isDiscount))) || isZero(amount(own.filter(isDiscount))),
        ).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
  // Without coupons it would prove nothing.
  expect(discounts).toBeGreaterThan(20);
});

test("any order of commands comes out again, step by step and byte by byte, from what the steps began with", () => {
  fc.assert(
    fc.property(stories, ({ world, rows, bases }) => {
      let ledger = emptyLedger();
      const begun = new Map(bases.map((basis) => [basis.begun.step, basis]));
      for (const fact of world.facts) {
        const of = fact.kind === "StepBegun" ? begun.get(fact.step) : undefined;
        if (of !== undefined) {
          const basis = { ...of, ledger };
          const known = rows.filter(({ cut }) => cut <= basis.begun.cut);
          const late = known.filter(({ cut }) => cut === basis.begun.cut);
          const ratings = planStep(basis, late);
          const taken = [...feesInAdvance(basis, ratings), ...usageTakenBack(basis)];
          const charged = joinSteps([
            { transactions: taken, parked: [] },
            rateStep(basis, [...ratings, ...interimRatings(basis, ratings)], known, []),
          ]);
          const again = withDiscounts(basis, charged);
          const posted = world.facts.filter(
            (each): each is TransactionPosted =>
              each.kind === "TransactionPosted" && each.step === basis.begun.step,
          );
          expect(again.transactions.map(bytesOf)).toEqual(posted.map(bytesOf));
        }
        ledger = evolveLedger(ledger, fact);
      }
    }),
    { numRuns: 100 },
  );
});

function expectOwed(period: RatedPeriod, rows: readonly UsageRow[], basis: StepBasis): void {
  const rating = ratingOf(period, basis.catalogAt);
  const catalog = basis.catalogAt(rating.catalog_offset);
  for (const price of rating.prices) {
    const billed = billedFor(period, price);
    const amount = sum([...(billed?.shares.values() ?? [])].map((share) => share.amount));
    const owed =
      price.meter === null
        ? feeAmount(price, period.part)
        : rateCharge(
            price,
            meteredUsage(rating, price.meter, { rows, earlier: [] }, catalog),
            rating,
          ).amount;
    expect([price.price, toText(amount)]).toEqual([price.price, toText(owed)]);
  }
  const own = new Set(rating.prices.map(({ plan: of, price }) => `${of} ${price}`));
  for (const { plan: of, price, shares } of period.prices.values()) {
    if (own.has(`${of} ${price}`)) continue;
    const amount = sum([...shares.values()].map((share) => share.amount));
    expect(isZero(amount)).toBe(true);
  }
}

function bytesOf(transaction: Parameters<typeof transactionBytes>[0]): string {
  return transactionBytes(transaction).toString();
}
