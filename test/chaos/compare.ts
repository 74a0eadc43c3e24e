import type { InvoiceFinalized } from "@tallybook/invoice";

import { monthIndex } from "./calendar.ts";
import type { ExpectedGroup, ExpectedInvoice } from "./oracle.ts";

const decimals = 24;

/** `-1.5` in units of 10^-24. */
export function exactOf(text: string): bigint {
  const [whole = "0", fraction = ""] = text.replace("-", "").split(".");
  const size = BigInt(whole + fraction.padEnd(decimals, "0"));
  return text.startsWith("-") ? -size : size;
}

/** Where an invoice is not what the oracle says: its plan, its total, its lines' sums, and what they add up to. */
export function differencesOfInvoice(invoice: InvoiceFinalized, wanted: ExpectedInvoice): string[] {
  const faults: string[] = [];
  const differ = (what: string, is: string | bigint, should: string | bigint): void => {
    if (is !== should) faults.push(`${what} is ${is} and should be ${should}`);
  };
  differ("the plan", invoice.plan, wanted.plan);
  differ("the total", BigInt(invoice.total), wanted.total);
  const lines = invoice.lines.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
  differ("the sum of the lines", lines, wanted.total);
  const groups = groupsOf(invoice);
  for (const key of new Set([...groups.keys(), ...wanted.groups.keys()])) {
    const [is, should] = [groups.get(key) ?? nothing, wanted.groups.get(key) ?? nothing];
    differ(`the quantity of ${key}`, is.quantity, should.quantity);
    differ(`the amount of ${key}`, is.exact, should.exact);
  }
  return faults;
}

/** Late usage comes in as many lines as there were cuts that found it: their sum is what counts. */
function groupsOf({ lines }: InvoiceFinalized): Map<string, ExpectedGroup> {
  const groups = new Map<string, ExpectedGroup>();
  for (const { meter, dimensions, quantity, exact, period_from } of lines) {
    const key = `${monthIndex(period_from / 1_000)}|${meter ?? ""}|${dimensions["model"] ?? ""}`;
    const group = groups.get(key) ?? nothing;
    groups.set(key, {
      quantity: group.quantity + BigInt(quantity),
      exact: group.exact + exactOf(exact),
    });
  }
  return groups;
}

const nothing: ExpectedGroup = { quantity: 0n, exact: 0n };
