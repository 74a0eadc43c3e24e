import type { CatalogFact, Terms } from "@tallybook/catalog";
import { formatTime } from "@tallybook/periods";
import {
  calendarOf,
  coupon,
  couponApplied,
  customer,
  fee,
  feeInAdvance,
  latePolicy,
  perUnit,
  plan,
  subscription,
  system,
  tiered,
} from "@tallybook/testkit/facts";

import { second, start } from "./traffic.ts";

const day = 86_400 * second;
const days = calendarOf("day", "Australia/Lord_Howe", { kind: "anniversary" }, 1);

/** A moment of the simulation, so many seconds from its beginning. */
function after(seconds: number): string {
  return formatTime(start + seconds * second);
}

/** Terms from so many seconds of the simulation on, and what of them is not as usual. */
function on(seconds: number, of: Partial<Terms> = {}): Terms {
  const usual = { plan: "p", quantity: "1", add_ons: [], paused: false } as const;
  return { from: start + seconds * second, ...usual, covered: "nothing", ...of };
}

function changed(name: string, ...terms: Terms[]): CatalogFact {
  const effective_at = terms[0]?.from ?? 0;
  return { kind: "SubscriptionChanged", ...system, effective_at, subscription: name, terms };
}

/** Plans change, pauses begin and trials end in the minutes in which there are events. */
export function changingSubscriptions(): CatalogFact[] {
  const calls = perUnit("calls", "calls", "0.07", "3");
  const tokens = tiered("graduated", "tokens", "tokens", [
    ["5", "500000"],
    [null, "300000"],
  ]);
  const around = {
    included_units: "2",
    discount_percent: "12.5",
    commitment: { amount: null, quantity: "4", overage_factor: "1.5", true_up: true },
    minimum_amount: null,
    maximum_amount: "25",
  };
  const facts: CatalogFact[] = [
    customer("c1"),
    customer("c2"),
    plan("p", [fee("base", "31"), calls, { ...tokens, around }]),
    plan("q", [feeInAdvance("base", "7"), calls]),
    plan("beside", [feeInAdvance("base", "3"), perUnit("tokens", "tokens", "0.5")]),
    subscription("s1", "c1", "p", formatTime(start - day + 60.5 * second), after(600), days),
    changed(
      "s1",
      on(-86_339.5, { covered: "everything" }),
      on(20.25, { quantity: "2" }),
      on(70, { plan: "q" }),
      on(150, { plan: "q", paused: true }),
      on(190, { plan: "q", add_ons: [{ plan: "beside", quantity: "2" }] }),
    ),
    subscription("s2", "c2", "q", formatTime(start - 3 * day), after(560), {
      ...calendarOf("day", "Asia/Kathmandu", { kind: "anniversary" }),
      proration: "none",
    }),
    subscription("s3", "c1", "q", after(600), null, days),
    changed("s2", on(30.5, { plan: "p" }), on(110, { paused: true }), on(160, { plan: "q" })),
    coupon("third", { percent_off: "33.333" }),
    coupon("two", { amount_off: "2", currency: "USD", plans: ["q"] }),
    couponApplied("third", "c1", formatTime(start - day)),
    couponApplied("third", "c2", formatTime(start - day), { nth: 2 }),
    couponApplied("two", "c2/s2", formatTime(start)),
  ];
  const policies = [
    latePolicy({ tenant: "a", write_off_below: [{ currency: "USD", amount: "0.02" }] }),
    latePolicy({
      tenant: "b",
      treatment: "next_invoice",
      write_off_below: [{ currency: "USD", amount: "0.06" }],
    }),
  ];
  return [
    ...policies,
    ...["a", "b"].flatMap((tenant) => facts.map((fact) => ({ ...fact, tenant }))),
  ];
}
