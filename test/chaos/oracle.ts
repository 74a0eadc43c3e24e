import { cent, dollar, graduated, type PlainRate, volume } from "@tallybook/testkit";

import { customerName, planOf, subscribersMax } from "./workload.ts";
import type { Sent } from "./workload.ts";

/** A group of an invoice's lines: all of a meter, its dimensions and the month that it was used in. */
export interface ExpectedGroup {
  readonly quantity: bigint;
  /** Units of 10^-24 dollars. */
  readonly exact: bigint;
}

export interface ExpectedInvoice {
  readonly plan: string;
  /** Cents. */
  readonly total: bigint;
  /** By month of usage, meter and model, joined by `|`. */
  readonly groups: ReadonlyMap<string, ExpectedGroup>;
}

/** What must be there in the end, worked out from the list of sent events alone, in whole numbers, without the product. */
export interface Expected {
  /** By customer and month, joined by `|`. */
  readonly invoices: ReadonlyMap<string, ExpectedInvoice>;
  /** By customer and meter, joined by `|`. */
  readonly units: ReadonlyMap<string, bigint>;
}

type MeterName = "input_tokens" | "output_tokens" | "image_generations";

interface PlanRates {
  readonly fee: bigint;
  readonly rates: Readonly<Partial<Record<MeterName, PlainRate>>>;
}

const rateCard: Readonly<Record<string, PlanRates>> = {
  ai_free: { fee: 0n, rates: { input_tokens: () => 0n, output_tokens: () => 0n } },
  ai_developer: {
    fee: 20n * dollar,
    rates: {
      input_tokens: graduated(50n, 30n),
      output_tokens: graduated(150n, 100n),
      image_generations: (images) => images * 4n * cent,
    },
  },
  ai_scale: {
    fee: 200n * dollar,
    rates: {
      input_tokens: volume(20n, 10n),
      output_tokens: volume(80n, 50n),
      image_generations: (images) => images * 2n * cent,
    },
  },
};

/** Quantities by model; the empty one where a meter has no dimension. */
type Usage = Map<string, bigint>;

/** Months from 0 to `months`, exclusive, are closed. */
export function expect(sent: Iterable<Sent>, months: number): Expected {
  const units = new Map<string, bigint>();
  /** By customer, meter, month of usage and month of the invoice. */
  const usage = new Map<string, Usage>();
  for (const one of sent) {
    const { customer } = one.event;
    for (const [meter, quantity] of measured(one)) {
      add(units, `${customer}|${meter}`, quantity);
      const key = `${customer}|${meter}|${one.month}|${one.billed}`;
      const ofKey = usage.get(key) ?? new Map<string, bigint>();
      usage.set(key, ofKey);
      add(ofKey, one.model, quantity);
    }
  }
  const invoices = new Map<string, ExpectedInvoice>();
  for (let at = 0; at < subscribersMax; at += 1) {
    for (let month = 0; month < months; month += 1) {
      const customer = customerName(at);
      invoices.set(`${customer}|${month}`, invoiceOf(customer, planOf(at), month, usage));
    }
  }
  return { invoices, units };
}

function measured({ event, input, output }: Sent): [MeterName, bigint][] {
  if (event.type === "image.generation") return [["image_generations", 1n]];
  if (event.type !== "llm.completion") return [];
  return [
    ["input_tokens", BigInt(input)],
    ["output_tokens", BigInt(output)],
  ];
}

function invoiceOf(
  customer: string,
  plan: string,
  invoiced: number,
  usage: ReadonlyMap<string, Usage>,
): ExpectedInvoice {
  const { fee, rates } = rateCard[plan] ?? { fee: 0n, rates: {} };
  const groups = new Map<string, ExpectedGroup>();
  groups.set(`${invoiced}||`, { quantity: 1n, exact: fee });
  let exact = fee;
  for (const [meter, rate] of Object.entries(rates)) {
    for (let month = 0; month <= invoiced; month += 1) {
      const known = (until: number): Usage => knownUsage(usage, { customer, meter, month, until });
      const now = sharesOf(known(invoiced), rate);
      const before = month === invoiced ? new Map() : sharesOf(known(invoiced - 1), rate);
      for (const [model, share] of now) {
        const billed = before.get(model) ?? { quantity: 0n, exact: 0n };
        const group = {
          quantity: share.quantity - billed.quantity,
          exact: share.exact - billed.exact,
        };
        if (group.quantity === 0n && group.exact === 0n) continue;
        groups.set(`${month}|${meter}|${model}`, group);
        exact += group.exact;
      }
    }
  }
  return { plan, total: cents(exact), groups };
}

/** What was used of a meter in a month, as far as it was known when the invoice of the month `until` was made. */
function knownUsage(
  usage: ReadonlyMap<string, Usage>,
  of: { customer: string; meter: string; month: number; until: number },
): Usage {
  const known: Usage = new Map();
  for (let billed = of.month; billed <= of.until; billed += 1) {
    const quantities = usage.get(`${of.customer}|${of.meter}|${of.month}|${billed}`) ?? [];
    for (const [model, quantity] of quantities) add(known, model, quantity);
  }
  return known;
}

/** The whole's amount spread over the models by quantity, as the difference of running parts. */
function sharesOf(quantities: Usage, rate: PlainRate): Map<string, ExpectedGroup> {
  const whole = [...quantities.values()].reduce((sum, quantity) => sum + quantity, 0n);
  const amount = rate(whole);
  let running = 0n;
  let posted = 0n;
  const shares = new Map<string, ExpectedGroup>();
  for (const model of [...quantities.keys()].sort()) {
    const quantity = quantities.get(model) ?? 0n;
    if (quantity === 0n) continue;
    running += quantity;
    const upToHere = (amount * running) / whole;
    shares.set(model, { quantity, exact: upToHere - posted });
    posted = upToHere;
  }
  return shares;
}

/** To the nearest cent, half a cent away from zero. */
function cents(exact: bigint): bigint {
  return exact < 0n ? -((-exact + cent / 2n) / cent) : (exact + cent / 2n) / cent;
}

function add(sums: Map<string, bigint>, key: string, quantity: bigint): void {
  sums.set(key, (sums.get(key) ?? 0n) + quantity);
}
