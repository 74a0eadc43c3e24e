import type { Hold, InvoiceDrafted, Receivable } from "@tallybook/invoice";
import { compare, decimal, toText } from "@tallybook/money";
import type { Archive } from "@tallybook/service-invoicer";

import type { Random } from "../random.ts";
import { keyFor } from "./operations.ts";
import type { Doing, Operation } from "./operations.ts";

/** As somebody asks for it. */
export interface Ordered extends Operation {
  readonly tenant: string;
  readonly method: "POST";
}

/** Who asks for something: by what is known, and by chance. */
export interface Person {
  readonly random: Random;
  readonly tenants: readonly string[];
  readonly name: string;
}

/** How often people do it. */
const weights: Readonly<Record<Doing, number>> = {
  pay: 24,
  bounce: 10,
  "credit note": 10,
  "debit note": 4,
  send: 8,
  void: 8,
  hold: 4,
  release: 5,
  finalize: 14,
  apply: 9,
  refund: 4,
};

/** The next thing that a person wants; undefined where there is nothing to do it to. `nth`: of this person's. */
export function nextOperation(
  { random, tenants, name }: Person,
  archive: Archive,
  nth: number,
): Ordered | undefined {
  const what = drawn(random);
  const tenant = random.pick(tenants);
  const { receivables } = archive;
  const own = <Item>(all: Iterable<Item>, of: (item: Item) => { readonly tenant: string }) =>
    [...all].filter((item) => of(item).tenant === tenant);
  const id = `${name}-${nth}`;
  const asked = (path: string, body: object, key = id): Ordered => ({
    what,
    tenant,
    method: "POST",
    path: `/v1/${path}`,
    body,
    key: keyFor(what, tenant, key),
  });
  const some = <Item>(all: readonly Item[], then: (item: Item) => Ordered | undefined) =>
    all.length === 0 ? undefined : then(random.pick(all));
  const invoices = () =>
    own<Receivable>(new Set(receivables.byName.values()), ({ invoice }) => invoice);
  const drafts = () =>
    [...(archive.byTenant.get(tenant)?.byName.values() ?? [])].filter(
      (fact): fact is InvoiceDrafted => fact.kind === "InvoiceDrafted",
    );
  const whose = ({ invoice: { customer, currency } }: Receivable) => ({ customer, currency });

  switch (what) {
    case "pay":
      return some(invoices(), (of) => {
        const named = random.chance(0.4) ? { invoices: [of.invoice.number] } : {};
        const amount = amountFor(of, random);
        return asked("payments", { payment: id, ...whose(of), amount, ...named });
      });
    case "bounce":
      return some(
        own(receivables.payments.values(), ({ recorded }) => recorded),
        ({ recorded: { payment } }) =>
          asked(`payments/${payment}/reverse`, { reason: "returned" }, payment),
      );
    case "credit note":
    case "debit note":
      return some(invoices(), ({ invoice: { number } }) => {
        const lines = [{ line: 1, amount: String(1 + random.below(900)) }];
        const isWhole = what === "credit note" && random.chance(0.3);
        const kept = random.chance(0.7) ? { tax: "kept" } : {};
        const path = `invoices/${number}/${what.replace(" ", "-")}s`;
        return asked(path, { note: id, reason: "agreed", ...kept, ...(isWhole ? {} : { lines }) });
      });
    case "send":
    case "void":
      return some(untouched(invoices(), random), ({ invoice: { invoice } }) =>
        asked(`invoices/${invoice}/${what}`, what === "send" ? {} : { reason: "wrong" }, invoice),
      );
    case "hold": {
      const standing = own(receivables.holds.values(), ({ placed }) => placed).filter(
        ({ released }) => released === null,
      );
      // All of a tenant's wait now and then, and not for long.
      if (random.chance(0.5) && !standing.some((hold) => widthOf(hold) === 2))
        return asked("holds", { hold: id, reason: "all are looked at" });
      if (random.chance(0.5))
        return some(drafts(), ({ invoice }) => asked("holds", { hold: id, invoice, reason: "x" }));
      return some(invoices(), ({ invoice: { customer } }) =>
        asked("holds", { hold: id, customer, reason: "a dispute" }),
      );
    }
    case "release": {
      const all = own(receivables.holds.values(), ({ placed }) => placed);
      const standing = all.filter(({ released }) => released === null).toSorted(byWidth);
      // The widest that stand, and now and then one that does not any more.
      return some(random.chance(0.05) ? all : standing.slice(0, 2), ({ placed: { hold } }) =>
        asked(`holds/${hold}/release`, { reason: "looked at" }, hold),
      );
    }
    case "finalize":
      return some(drafts(), ({ invoice }) => asked(`invoices/${invoice}/finalize`, {}, invoice));
    case "apply":
      return some(
        own(receivables.credit.values(), (credit) => credit).filter(
          ({ amount }) => compare(amount, decimal("0")) > 0 || random.chance(0.1),
        ),
        ({ customer, currency, amount }) => {
          const part = random.chance(0.3) ? { amount: partOf(toText(amount), random) } : {};
          return asked("credits/apply", { application: id, customer, currency, ...part });
        },
      );
    case "refund":
      return some(
        own(receivables.credit.values(), (credit) => credit),
        ({ customer, currency, amount }) =>
          asked("credits/refund", {
            refund: id,
            customer,
            currency,
            amount: partOf(toText(amount), random),
          }),
      );
  }
}

/** Mostly those that nobody has done anything to yet. */
function untouched(invoices: readonly Receivable[], random: Random): readonly Receivable[] {
  const own = invoices.filter(({ events }) => events.length === 1);
  return own.length > 0 && random.chance(0.7) ? own : invoices;
}

function byWidth(one: Hold, other: Hold): number {
  return widthOf(other) - widthOf(one);
}

/** How much a hold holds. */
function widthOf({ placed: { customer, invoice } }: Hold): number {
  return (customer === null ? 1 : 0) + (invoice === null ? 1 : 0);
}

function drawn(random: Random): Doing {
  const doings = Object.keys(weights) as Doing[];
  let draw = random.below(doings.reduce((sum, doing) => sum + weights[doing], 0));
  for (const doing of doings) {
    draw -= weights[doing];
    if (draw < 0) return doing;
  }
  return "pay";
}

/** What is open, a part of it, or more. */
function amountFor({ open, invoice: { total } }: Receivable, random: Random): string {
  const owed = compare(open, decimal("0")) > 0 ? toText(open) : total.replace("-", "");
  const draw = random.below(10);
  if (draw < 4) return owed === "0" ? "100" : owed;
  return draw < 7 ? partOf(owed, random) : String(BigInt(owed) + BigInt(1 + random.below(5_000)));
}

/** Minor units, at least one. */
function partOf(amount: string, random: Random): string {
  const whole = Math.abs(Number(amount));
  return String(1 + random.below(Math.max(whole, 1)));
}
