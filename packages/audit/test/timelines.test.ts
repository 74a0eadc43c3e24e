import { reconcile, replay } from "@tallybook/audit";
import { changedTerms } from "@tallybook/catalog";
import type { CatalogFact, Terms, TermsChange } from "@tallybook/catalog";
import { MICROS_PER_DAY, MICROS_PER_HOUR } from "@tallybook/periods";
import {
  at,
  coupon,
  couponApplied,
  fee,
  feeInAdvance,
  perUnit,
  plan,
  subscription,
  system,
} from "@tallybook/testkit/facts";
import { decode, topics } from "@tallybook/wire";
import fc from "fast-check";
import { expect, test } from "vitest";

import { keepBooks, usualTerms } from "./bookkeeper.ts";
import type { Office } from "./bookkeeper.ts";

const start = at("2023-11-01");

/** From an hour of November on something changes; in the order in which it is asked for. */
interface Change {
  readonly hour: number;
  readonly change: TermsChange;
}

const changes: fc.Arbitrary<Change> = fc.record({
  hour: fc.oneof(fc.nat(35 * 24), fc.constantFrom(378, 379, 466)),
  change: fc.oneof(
    fc.constantFrom("dev", "ahead").map((name) => ({ plan: name })),
    fc.constantFrom("1", "3").map((quantity) => ({ quantity })),
    fc.constantFrom([], [{ plan: "beside", quantity: "2" }]).map((add_ons) => ({ add_ons })),
    fc.boolean().map((paused) => ({ paused })),
  ),
});

interface Made {
  readonly trialDays: number;
  readonly plan: string;
  /** When the changes are known: with the first cut, or when a fee in advance was posted. */
  readonly recorded_at: number;
}

/** A subscription that is covered by a trial for so many days, and then changes. */
function changing(
  { trialDays, plan: on, recorded_at }: Made,
  list: readonly Change[],
): CatalogFact[] {
  const usual = { plan: on, quantity: "1", add_ons: [], paused: false } as const;
  const paid: Terms = { from: start + trialDays * MICROS_PER_DAY, ...usual, covered: "nothing" };
  const made: Terms[] =
    trialDays === 0 ? [paid] : [{ ...paid, from: start, covered: "everything" }, paid];
  let terms: readonly Terms[] = made;
  const facts: CatalogFact[] = [changedFrom(start, made)];
  for (const { hour, change } of list) {
    const from = start + hour * MICROS_PER_HOUR;
    const rest = changedTerms(terms, from, change);
    if (rest === undefined) continue;
    facts.push({ ...changedFrom(from, rest), recorded_at });
    terms = [...terms.filter((each) => each.from < from), ...rest];
  }
  return facts;
}

function changedFrom(effective_at: number, terms: readonly Terms[]): CatalogFact {
  return { kind: "SubscriptionChanged", ...system, effective_at, subscription: "s1", terms };
}

const around = {
  included_units: "70",
  discount_percent: "12.5",
  commitment: { amount: "11", quantity: null, overage_factor: "1.1", true_up: true },
  minimum_amount: "13",
  maximum_amount: "17000",
};
const coupons = [
  coupon("third", { percent_off: "33.333" }),
  coupon("sum", { amount_off: "7", currency: "USD", duration: "once" }),
  coupon("all", { percent_off: "100", plans: ["ahead", "beside"] }),
];
const applications: CatalogFact[] = [
  couponApplied("third", "acme", "2023-11-05"),
  { ...couponApplied("sum", "acme/s1", "2023-11-01"), recorded_at: start + MICROS_PER_HOUR },
  couponApplied("all", "acme/s1", "2023-11-01"),
  {
    ...couponApplied("third", "acme", "2023-11-05", { until: "2023-11-20" }),
    recorded_at: start + MICROS_PER_HOUR,
  },
];

/** The lines of all invoices that do not come out again. */
async function unexplained(books: Office): Promise<string[]> {
  const wrong: string[] = [];
  for (const { value } of books.log.recordsOf(topics.invoices, 0)) {
    const fact = decode(value);
    if (fact.kind !== "InvoiceFinalized" && fact.kind !== "InvoiceDrafted") continue;
    for (const full of [false, true]) {
      const { lines } = await replay({ ...books, invoice: fact.invoice, full });
      for (const { verdict, description } of lines)
        if (verdict.kind !== "equal") wrong.push(`${description}: ${JSON.stringify(verdict)}`);
    }
  }
  return wrong;
}

test("whatever a subscription changes to and when, the books reconcile and every line comes out again", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        trialDays: fc.constantFrom(0, 10),
        plan: fc.constantFrom("dev", "ahead"),
        recorded_at: fc.constantFrom(0, start + MICROS_PER_HOUR),
      }),
      fc.array(changes, { maxLength: 5 }),
      fc.boolean(),
      fc.subarray(applications),
      async (made, list, isBilledNow, applied) => {
        const subscriptions = [
          plan("ahead", [
            feeInAdvance("monthly", "30"),
            { ...perUnit("tokens", "tokens", "0.01"), around },
          ]),
          plan("beside", [
            feeInAdvance("care", "5"),
            fee("monthly", "1"),
            perUnit("tokens", "tokens", "0.002"),
          ]),
          subscription("s1", "acme", "dev", "2023-11-01"),
          ...changing(made, list),
          ...coupons,
          ...applied,
        ];
        const billed = isBilledNow ? ["s1"] : [];
        const books = await keepBooks(undefined, { ...usualTerms, subscriptions, billed });
        const { rows, lists } = await reconcile(books);
        expect(rows.filter(({ residual }) => residual !== "0")).toEqual([]);
        expect(lists.differences).toEqual([]);
        expect(await unexplained(books)).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);
