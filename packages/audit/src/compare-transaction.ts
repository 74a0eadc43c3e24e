import { billedFor, transactionBytes } from "@tallybook/journal";
import type { RatedPeriod, Transaction, TransactionPosted } from "@tallybook/journal";
import { decimal, sub, sum, toText } from "@tallybook/money";

import { explainedFacts } from "./explained-facts.ts";
import type { Compared } from "./replayed.ts";

/** What an adjustment leaves out of the period's amount, and what the journal held before it. */
export function compareBefore({ evidence }: TransactionPosted, rated: RatedPeriod): Compared {
  const posted = sum(evidence.shares.map(({ amount }) => decimal(amount)));
  const { plan, price } = evidence;
  const before = [...(billedFor(rated, { plan, price: price ?? "" })?.shares.values() ?? [])];
  return pair(
    "journal",
    "amount of the period posted before",
    toText(sub(decimal(evidence.amount), posted)),
    toText(sum(before.map(({ amount }) => amount))),
  );
}

/** A transaction as it was posted, and as it comes out again. */
export function compareTransaction(
  posted: TransactionPosted,
  recomputed: Transaction | undefined,
): Compared[] {
  const was = factsOf(posted);
  const is = recomputed === undefined ? new Map<string, string>() : factsOf(recomputed);
  const compared = [...new Set([...was.keys(), ...is.keys()])].map((key) => {
    const [step = "", what = ""] = key.split("\u001f");
    return pair(step, what, was.get(key) ?? "-", is.get(key) ?? "-");
  });
  const bytes = recomputed === undefined ? "-" : transactionBytes(recomputed).toString();
  const isSame = bytes === transactionBytes(posted).toString();
  return [
    ...compared,
    pair("transaction", "canonical bytes", "as posted", isSame ? "as posted" : "others"),
  ];
}

/** The numbers of a transaction in the order in which they follow from each other. */
function factsOf({ evidence, postings }: Transaction): Map<string, string> {
  const facts = new Map([["rating\u001fquantity of the period", evidence.quantity]]);
  for (const { from, up_to, quantity, unit_amount, flat_amount, amount } of evidence.tiers) {
    const tier = `tier ${from} to ${up_to ?? "∞"}`;
    facts.set(`${tier}\u001fquantity`, quantity);
    facts.set(`${tier}\u001funit amount`, unit_amount);
    if (flat_amount !== "0") facts.set(`${tier}\u001fflat amount`, flat_amount);
    facts.set(`${tier}\u001famount`, amount);
  }
  for (const { dimensions, is_default, quantity, unit_amount, per, amount } of evidence.rows) {
    const row = `${is_default ? "default row" : "row"} ${dimensionsText(dimensions)}`;
    facts.set(`${row}\u001fquantity`, quantity);
    facts.set(`${row}\u001funit amount`, per === "1" ? unit_amount : `${unit_amount} per ${per}`);
    facts.set(`${row}\u001famount`, amount);
  }
  for (const [step, what, number] of evidence.explanation === null
    ? []
    : explainedFacts(evidence.explanation))
    facts.set(`${step}\u001f${what}`, number);
  if (evidence.discount !== null)
    facts.set("discount\u001fcharges that it is taken from", evidence.discount.base);
  facts.set("rating\u001famount of the period", evidence.amount);
  for (const { dimensions, quantity, amount } of evidence.shares) {
    const share = `share ${dimensionsText(dimensions)}`;
    facts.set(`${share}\u001fquantity`, quantity);
    facts.set(`${share}\u001famount`, amount);
  }
  if (evidence.backfills.length > 0)
    facts.set("late usage\u001fcame by the backfills", evidence.backfills.join(", "));
  if (evidence.written_off !== null) {
    facts.set("late usage\u001fall that came late", evidence.written_off.late);
    facts.set("late usage\u001fwritten off", evidence.written_off.amount);
  }
  for (const { account, amount } of postings) facts.set(`posting\u001f${account}`, amount);
  return facts;
}

export function pair(step: string, what: string, billed: string, recomputed: string): Compared {
  return { step, what, billed, recomputed, equal: billed === recomputed };
}

function dimensionsText(dimensions: Readonly<Record<string, string>>): string {
  const names = Object.keys(dimensions).toSorted();
  return names.length === 0
    ? "(all)"
    : names.map((name) => `${name} ${dimensions[name] || "(none)"}`).join(", ");
}
