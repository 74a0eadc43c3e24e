import { hex } from "@tallybook/journal";
import type { TransactionPosted } from "@tallybook/journal";
import { formatTime } from "@tallybook/periods";

import type { Entry } from "./entry.ts";
import { plainText } from "./names.ts";

/** The day of a transaction, UTC: `2026-02-01`. */
export function dayOf({ date }: Pick<TransactionPosted, "date">): string {
  return formatTime(date).slice(0, 10);
}

/** What a transaction is, on one line: its kind, customer, plan and price, and its period's first day. */
export function narration({ transaction_kind, evidence }: TransactionPosted): string {
  const { customer, plan, price, period_from, period_to } = evidence;
  const what = [transaction_kind, customer, plan, price ?? ""].filter((part) => part !== "");
  const days = [period_from, period_to].map((time) => formatTime(time).slice(0, 10)).join("/");
  return plainText([...what, days].join(" "));
}

/** What a transaction is found again by, in the order in which it is written. */
const referenceOf = {
  transaction: ({ id }) => id,
  sequence: ({ seq }) => seq,
  hash: ({ hash }) => hex(hash),
  previous: ({ previous }) => hex(previous),
  cause: ({ cause }) => cause,
  cut: ({ revision }) => revision,
  adjusts: ({ adjusts }) => adjusts,
  invoice: ({ evidence }) => evidence.invoice,
  "plan-version": ({ evidence }) => evidence.plan_version,
  meter: ({ evidence }) => evidence.meter,
  "meter-version": ({ evidence }) => evidence.meter_version,
  contract: ({ evidence }) => evidence.contract,
  "contract-version": ({ evidence }) => evidence.contract_version,
} satisfies Record<string, (transaction: TransactionPosted) => string | number | null>;

/** Every name that `references` writes. */
export const referenceNames: readonly string[] = [...Object.keys(referenceOf), "entity"];

/** What an entry is found again by, as names and plain texts; what it has not is left out. */
export function references({
  transaction,
  entity,
}: Pick<Entry, "transaction" | "entity">): readonly (readonly [string, string])[] {
  const values = Object.entries(referenceOf).map(([name, read]) => [name, read(transaction)]);
  return [...values, ["entity", entity]].flatMap(([name, value]) =>
    value === null ? [] : [[String(name), plainText(String(value))] as const],
  );
}
